// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "debug/support_report.hpp"

#include <boost/test/unit_test.hpp>

#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace weft::test;
namespace debug = weft::debug;

namespace
{

void overflow()
{
    weft::run([] { recurse_for_ever(); });
}

void install(int number, void (*handler)(int, siginfo_t*, void*), int flags = 0, int also_blocked = 0)
{
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = flags | SA_SIGINFO;
    if (also_blocked != 0)
    {
        ::sigaddset(&action.sa_mask, also_blocked);
    }
    ::sigaction(number, &action, nullptr);
}

void say_and_return(int, siginfo_t*, void*)
{
    constexpr char text[] = "earlier\n";
    static_cast<void>(::write(STDERR_FILENO, text, sizeof(text) - 1));
}

bool is_blocked(int number)
{
    sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    return ::sigismember(&now, number) == 1;
}

void check_call(int number, siginfo_t* info, void* context)
{
    const bool right = number == SIGSEGV && info->si_signo == SIGSEGV && info->si_addr != nullptr &&
                       context != nullptr && is_blocked(SIGSEGV) && is_blocked(SIGUSR1) && !is_blocked(SIGUSR2);
    ::_exit(right ? 42 : 43);
}

void check_undeferred(int, siginfo_t*, void*)
{
    ::_exit(is_blocked(SIGSEGV) ? 43 : 42);
}

sigjmp_buf way_out;

void jump_out(int)
{
    siglongjmp(way_out, 1);
}

[[gnu::noinline]] void overflow_and_jump_out()
{
    if (sigsetjmp(way_out, 1) == 0)
    {
        recurse_for_ever();
    }
}

struct sigaction action_of(int number)
{
    struct sigaction action = {};
    ::sigaction(number, nullptr, &action);
    return action;
}

} // namespace

BOOST_AUTO_TEST_SUITE(overflow_chaining)

BOOST_AUTO_TEST_CASE(a_handler_is_called_as_the_kernel_would)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        install(SIGSEGV, &check_call, 0, SIGUSR1);
        debug::install_overflow_report();
        overflow();
    });
    BOOST_TEST(child.exited_with(42));
    BOOST_TEST(count_of("stack overflow", child.errors) == 1U);
    const auto undeferred = run_in_child([] {
        install(SIGSEGV, &check_undeferred, SA_NODEFER);
        debug::install_overflow_report();
        overflow();
    });
    BOOST_TEST(undeferred.exited_with(42));
}

BOOST_AUTO_TEST_CASE(a_plain_handler)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        std::signal(SIGSEGV, [](int number) { ::_exit(number == SIGSEGV ? 42 : 43); });
        debug::install_overflow_report();
        overflow();
    });
    BOOST_TEST(child.exited_with(42));
    BOOST_TEST(count_of("stack overflow", child.errors) == 1U);
}

BOOST_AUTO_TEST_CASE(a_handler_for_one_time)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        install(SIGSEGV, &say_and_return, static_cast<int>(SA_RESETHAND));
        debug::install_overflow_report();
        overflow();
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(count_of("earlier", child.errors) == 1U);
    BOOST_TEST(count_of("stack overflow", child.errors) == 1U); // although the instruction has faulted twice
}

BOOST_AUTO_TEST_CASE(faults_that_are_no_overflow_go_to_the_handler_too)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        install(SIGSEGV, &say_and_return, static_cast<int>(SA_RESETHAND));
        debug::install_overflow_report();
        ::raise(SIGSEGV);
    });
    BOOST_TEST(child.exited_with(0));
    BOOST_TEST(child.errors == "earlier\n");
}

BOOST_AUTO_TEST_CASE(an_ignored_signal)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto sent = run_in_child([] {
        std::signal(SIGSEGV, SIG_IGN);
        debug::install_overflow_report();
        ::raise(SIGSEGV);
    });
    BOOST_TEST(sent.exited_with(0));
    const auto fault = run_in_child([] {
        std::signal(SIGSEGV, SIG_IGN);
        debug::install_overflow_report();
        overflow();
    });
    BOOST_TEST(fault.killed_by(SIGSEGV));
    BOOST_TEST(count_of("stack overflow", fault.errors) == 1U);
}

BOOST_AUTO_TEST_CASE(the_default_action_ends_the_program_by_the_signal)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    for (const int number : {SIGSEGV, SIGBUS})
    {
        const auto child = run_in_child([number] {
            debug::install_overflow_report();
            ::raise(number);
        });
        BOOST_TEST(child.killed_by(number));
        BOOST_TEST(child.errors == "");
    }
}

BOOST_AUTO_TEST_CASE(each_overflow_is_reported_where_a_handler_jumps_out)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        std::signal(SIGSEGV, &jump_out);
        debug::install_overflow_report();
        weft::run([] {
            overflow_and_jump_out();
            overflow_and_jump_out();
        });
    });
    BOOST_TEST(child.exited_with(0));
    BOOST_TEST(count_of("stack overflow", child.errors) == 2U);
}

BOOST_AUTO_TEST_CASE(removal_puts_the_earlier_handlers_back)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        install(SIGSEGV, &say_and_return, static_cast<int>(SA_RESETHAND), SIGUSR1);
        require_in_child(debug::install_overflow_report() && debug::install_overflow_report(), "installed");
        require_in_child(debug::overflow_report_installed(), "says so");
        require_in_child(action_of(SIGSEGV).sa_sigaction != &say_and_return, "in place");
        debug::remove_overflow_report();
        require_in_child(!debug::overflow_report_installed(), "removed");
        const auto now = action_of(SIGSEGV);
        require_in_child(now.sa_sigaction == &say_and_return && (now.sa_flags & static_cast<int>(SA_RESETHAND)) != 0 &&
                             ::sigismember(&now.sa_mask, SIGUSR1) == 1,
                         "as before");
        require_in_child(action_of(SIGBUS).sa_handler == SIG_DFL, "as before");
        debug::remove_overflow_report();
    });
    BOOST_TEST(child.exited_with(0));
    BOOST_TEST(child.errors == "");
}

BOOST_AUTO_TEST_CASE(after_removal_nothing_is_reported)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        debug::install_overflow_report();
        weft::run([] {});
        debug::remove_overflow_report();
        overflow();
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(child.errors == "");
}

namespace
{

struct sigaction below_later = {};

void call_what_is_below(int number, siginfo_t* info, void* context)
{
    say_and_return(number, info, context);
    below_later.sa_sigaction(number, info, context);
}

} // namespace

BOOST_AUTO_TEST_CASE(below_a_later_handler)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        std::signal(SIGSEGV, [](int) { ::_exit(42); });
        debug::install_overflow_report();
        below_later = action_of(SIGSEGV);
        install(SIGSEGV, &call_what_is_below, SA_ONSTACK);
        debug::remove_overflow_report();
        require_in_child(action_of(SIGSEGV).sa_sigaction == &call_what_is_below, "the later handler stays");
        overflow();
    });
    BOOST_TEST(child.exited_with(42));
    BOOST_TEST(child.errors == "earlier\n");
    const auto again = run_in_child([] {
        std::signal(SIGSEGV, [](int) { ::_exit(42); });
        debug::install_overflow_report();
        below_later = action_of(SIGSEGV);
        install(SIGSEGV, &call_what_is_below, SA_ONSTACK);
        debug::remove_overflow_report();
        debug::install_overflow_report(); // must not make a circle
        overflow();
    });
    BOOST_TEST(again.exited_with(42));
    BOOST_TEST(count_of("earlier", again.errors) == 1U);
    BOOST_TEST(count_of("stack overflow", again.errors) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(overflow_sanitized)

BOOST_AUTO_TEST_CASE(not_over_a_sanitizers_handler)
{
    const auto child = run_in_child([] {
        const auto before = action_of(SIGSEGV);
        require_in_child(debug::install_overflow_report() != runs_sanitized, "installed");
        require_in_child(debug::overflow_report_installed() != runs_sanitized, "says so");
        require_in_child((before.sa_sigaction == action_of(SIGSEGV).sa_sigaction) == runs_sanitized, "in place");
    });
    BOOST_TEST(child.exited_with(0));
    BOOST_TEST(child.errors == "");
}

BOOST_AUTO_TEST_SUITE_END()
