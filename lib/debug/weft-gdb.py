# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""Fibers of weft in gdb 13 or later, in a live process and in a core file:

    (gdb) source weft-gdb.py
    (gdb) weft fibers               all of them: number, name, state, where each was made
    (gdb) weft backtrace [N ...]    the call stacks of those that do not run: all, or those with these numbers or names
    (gdb) weft fiber N              from here on backtrace, up, down and info locals are about that one
    (gdb) weft fiber                ... and about the thread again, as when the program goes on

Below a chosen fiber, frame 0 is still the thread's; the fiber's innermost one is frame 1. No debug information of weft's is
needed to find fibers, only symbols; functions, lines and variables come from that of the program.

The tables that this reads are lib/fiber/scheduler_list.hpp and saved_call in include/weft/context/detail/.
"""

import re

import gdb
import gdb.unwinder

LAYOUT = ("version", "has_inline_switch", "live_hook", "wait", "saved_call", "has_stack", "timer", "id", "spawned_at", "extras",
          "name_size", "name_address")
WAITS = {1: "waits, not to be interrupted", 2: "waits, until tear-down", 3: "waits", 4: "waits for an operation of Asio"}
MANY = 10_000_000  # a damaged list may be a circle


def memory(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def word(address):
    return int.from_bytes(memory(address, 8), "little")


def function_at(address):
    """The line would be one of weft's own, which is compiled into that function."""
    symbol = gdb.execute(f"info symbol {address:#x}", to_string=True).strip()
    return hex(address) if symbol.startswith("No symbol") else re.split(r" \+ \d+ in section| in section", symbol)[0]


class Fiber:
    def __init__(self, record, layout, running):
        self.record, self.layout, self.is_running = record, layout, running
        self.number = word(record + layout["id"])
        self.has_stack = memory(record + layout["has_stack"], 1) != b"\0"
        self.wait = word(record + layout["wait"])

    def label(self):
        extras = word(self.record + self.layout["extras"])
        size = word(extras + self.layout["name_size"]) if extras else 0
        name = memory(word(extras + self.layout["name_address"]), size).decode(errors="replace") if size else ""
        return f"{name}#{self.number}"

    def state(self):
        if self.is_running:
            return "runs"
        if not self.has_stack:
            return "has not started"
        if (self.wait & 0xff) not in WAITS:
            return "is ready"
        limit = ", with a limit" if word(self.record + self.layout["timer"]) else ""
        return f"{WAITS[self.wait & 0xff]}{limit} (its wait number {self.wait >> 8})"

    def made(self):
        address = word(self.record + self.layout["spawned_at"])
        return function_at(address) if address else "?"

    def registers(self):
        """Where it goes on. None for one that runs, whose registers are the processor's, or has no stack."""
        if self.is_running or not self.has_stack:
            return None
        saved = self.record + self.layout["saved_call"]
        machine = gdb.selected_inferior().architecture().name()
        if self.layout["has_inline_switch"]:
            names = {"i386:x86-64": ("rip", "rsp", "rbp", "rbx"), "aarch64": ("pc", "sp", "x29", "x19")}.get(machine)
            return {name: word(saved + 8 * i) for i, name in enumerate(names)} if names else None
        return saved_by_fcontext(word(saved)) if machine == "i386:x86-64" else None


def saved_by_fcontext(where):
    """What Boost's jump_fcontext pushes, and in which order, is its own affair and changes: its code tells."""
    flavour = gdb.parameter("disassembly-flavor")
    gdb.execute("set disassembly-flavor att", to_string=True)
    try:
        code = gdb.execute("x/16i (char*)&jump_fcontext", to_string=True)
    finally:
        gdb.execute(f"set disassembly-flavor {flavour}", to_string=True)
    size = re.search(r"lea +-(0x[0-9a-f]+)\(%rsp\),%rsp", code)
    if not size:
        raise gdb.GdbError("this jump_fcontext is not one that weft-gdb.py can read")
    size = int(size[1], 16)
    code = code[:code.index("%rdi,%rsp")]
    found = {name: word(where + int(at, 16)) for name, at in re.findall(r"mov +%(r\w+),(0x[0-9a-f]+)\(%rsp\)", code)}
    return {**found, "rip": word(where + size), "rsp": where + size + 8}


def all_fibers():
    try:
        entry = word(int(gdb.parse_and_eval("(unsigned long)&weft_schedulers")))
    except gdb.error as error:
        raise gdb.GdbError(f"no program with weft's symbols is loaded, or it does not run: {error}")
    while entry:
        header, running, table = word(entry + 16), word(entry + 24), word(entry + 32)
        layout = dict(zip(LAYOUT, (word(table + 8 * i) for i in range(len(LAYOUT)))))
        if layout["version"] != 1:
            raise gdb.GdbError(f"weft-gdb.py is for version 1 of weft's tables, not for {layout['version']}")
        hook = word(header)
        for _ in range(MANY):
            if hook == header:
                break
            record = hook - layout["live_hook"]
            yield Fiber(record, layout, word(running) == record)
            hook = word(hook)
        entry = word(entry)


def fiber_of(wanted):
    """By its number, its name, or both, as `weft fibers` prints them."""
    found = [each for each in all_fibers() if wanted in (str(each.number), each.label(), each.label().rpartition("#")[0])]
    if len(found) != 1:
        raise gdb.GdbError(f"there is no fiber {wanted}" if not found else f"{len(found)} fibers are called {wanted}")
    return found[0]


def short(name):
    """Without template arguments and parameters."""
    text, depth = "", 0
    for each in name.replace("operator<<", "operator≪").replace("operator()", "operator❨❩"):
        depth += each in "<("
        if depth == 0:
            text += each
        depth -= each in ">)"
    return text.replace("≪", "<<").replace("❨❩", "()").strip() or name


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class ChosenFiber(gdb.unwinder.Unwinder):
    """Lets the thread's innermost frame be called by that of a fiber."""

    def __init__(self):
        super().__init__("weft")
        self.registers = self.thread = None

    def choose(self, registers):
        self.registers = registers
        self.thread = gdb.selected_thread().ptid if registers else None
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.registers is None or gdb.selected_thread().ptid != self.thread or pending.level() != 0:
            return None
        names = ("rip", "rsp") if "rip" in self.registers else ("pc", "sp")
        # A callee has to lie below its caller, or gdb takes the stack for damaged.
        below = self.registers[names[1]] - 256
        info = pending.create_unwind_info(
            FrameId(gdb.Value(below).cast(pending.read_register(names[1]).type), pending.read_register(names[0])))
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(pending.read_register(name).type))
        return info


chosen = ChosenFiber()
gdb.unwinder.register_unwinder(None, chosen, replace=True)
gdb.events.cont.connect(lambda _: chosen.choose(None))


def backtrace_of(registers):
    before = chosen.registers
    chosen.choose(registers)
    try:
        frame, lines = gdb.newest_frame().older(), []
        while frame is not None and len(lines) < 100:
            where = frame.find_sal()
            line = f" at {where.symtab.filename}:{where.line}" if where.symtab else ""
            lines.append(f"    #{len(lines)} {short(frame.name() or hex(frame.pc()))}{line}")
            frame = frame.older()
        return lines
    finally:
        chosen.choose(before)


class WeftCommand(gdb.Command):
    """Fibers of weft: weft fibers, weft backtrace [N ...], weft fiber [N]."""

    def __init__(self):
        super().__init__("weft", gdb.COMMAND_STACK, prefix=True)


class FibersCommand(gdb.Command):
    """All fibers: number, name, state, where each was made."""

    def __init__(self):
        super().__init__("weft fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        count = 0
        for count, each in enumerate(all_fibers(), 1):
            print(f"{each.label()} {each.state()}, made in {each.made()}")
        print(f"{count} fibers")


class BacktraceCommand(gdb.Command):
    """The call stacks of fibers that do not run: all of them, or those with the numbers or names given."""

    def __init__(self):
        super().__init__("weft backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for each in [fiber_of(one) for one in gdb.string_to_argv(argument)] or list(all_fibers()):
            print(f"{each.label()} {each.state()}")
            registers = each.registers()
            print("\n".join(backtrace_of(registers)) if registers else "    no stack to show")


class FiberCommand(gdb.Command):
    """Chooses a fiber by its number or name, for backtrace, up, down and info locals; without one, the thread again."""

    def __init__(self):
        super().__init__("weft fiber", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument:
            chosen.choose(None)
            return
        which = fiber_of(argument)
        registers = which.registers()
        if not registers:
            raise gdb.GdbError(f"{which.label()} {which.state()}: there is no stack to show")
        chosen.choose(registers)
        print(f"{which.label()} {which.state()}; its frames begin with number 1")


WeftCommand()
FibersCommand()
BacktraceCommand()
FiberCommand()
