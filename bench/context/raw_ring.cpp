// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "context/raw_ring.hpp"

// The benches' one user of fcontext, through weft's one header that includes it.
#include <weft/context/detail/fcontext.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace weft::bench
{
namespace
{

using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

/// Stacks in one block. Their distance is an odd number of cache lines, so that their tops do not compete for the same
/// cache sets, as they would at whole pages.
class stack_block
{
public:
    explicit stack_block(std::size_t count) : memory_(::operator new(count* distance, alignment)) {}
    ~stack_block()
    {
        ::operator delete(memory_, alignment);
    }
    stack_block(const stack_block&) = delete;
    stack_block& operator=(const stack_block&) = delete;

    fcontext_t start(std::size_t index, void (*entry)(transfer_t)) const
    {
        return make_fcontext(static_cast<std::byte*>(memory_) + (index + 1) * distance, distance, entry);
    }

private:
    static constexpr std::size_t distance = 257 * 64;
    static constexpr std::align_val_t alignment{64};

    void* memory_;
};

struct ring
{
    ring(std::uint64_t stacks, std::uint64_t operations) : watch(stacks, operations), saved(stacks) {}

    relay_watch watch;
    std::vector<fcontext_t> saved;
    fcontext_t caller = nullptr;
    std::size_t next_to_start = 0;
};

// What a jump hands over: the ring, and where the side that is left wants to be saved.
struct parcel
{
    ring* owner;
    std::size_t from;
};

class member
{
public:
    explicit member(ring& owner) : ring_(owner), mine_{&owner, owner.next_to_start++} {}

    void run()
    {
        pass_on(); // all have started before the first one is timed
        ring_.watch.begin();
        for (auto left = ring_.watch.each(); left != 0; --left)
        {
            pass_on();
        }
        ring_.watch.end();
        const auto next = mine_.from + 1;
        jump_fcontext(next < ring_.saved.size() ? ring_.saved[next] : ring_.caller, &mine_);
    }

private:
    void pass_on()
    {
        const auto next = mine_.from + 1 < ring_.saved.size() ? mine_.from + 1 : 0;
        const auto arrival = jump_fcontext(ring_.saved[next], &mine_);
        ring_.saved[static_cast<parcel*>(arrival.data)->from] = arrival.fctx;
    }

    ring& ring_;
    parcel mine_;
};

// Entered from the caller (the first one) or from the member before.
void enter_ring(transfer_t arrival)
{
    const auto& left = *static_cast<parcel*>(arrival.data);
    auto& owner = *left.owner;
    (owner.next_to_start == 0 ? owner.caller : owner.saved[left.from]) = arrival.fctx;
    member(owner).run();
}

} // namespace

sample jump_in_a_ring(std::uint64_t stacks, std::uint64_t operations)
{
    const stack_block memory(stacks);
    ring all(stacks, operations);
    for (std::size_t i = 0; i < stacks; ++i)
    {
        all.saved[i] = memory.start(i, &enter_ring);
    }
    parcel mine{&all, 0};
    jump_fcontext(all.saved.front(), &mine);
    return all.watch.result();
}

sample jump_to_and_fro(std::uint64_t operations)
{
    const stack_block memory(1);
    auto other = memory.start(0, [](transfer_t arrival) {
        for (;;)
        {
            arrival = jump_fcontext(arrival.fctx, nullptr);
        }
    });
    const auto done = time_loop(operations / 2 + 1, [&] { other = jump_fcontext(other, nullptr).fctx; });
    return {done.elapsed, done.operations * 2};
}

} // namespace weft::bench
