// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_RECORD_POOL_HPP
#define WEFT_FIBER_DETAIL_RECORD_POOL_HPP

#include <cstddef>
#include <cstdint>
#include <new>

namespace weft::detail
{

/// Memory for records that a scheduler keeps for reuse, and the numbers of its fibers. Blocks are all of one size and
/// come from `operator new`, so that any scheduler may keep what another has allocated.
class record_pool
{
public:
    /// Records up to this size are kept: the fields and a callable of a few words.
    static constexpr std::size_t block_size = 384;

    record_pool() = default;
    record_pool(const record_pool&) = delete;
    record_pool& operator=(const record_pool&) = delete;
    ~record_pool()
    {
        while (spare_ != nullptr)
        {
            ::operator delete(take());
        }
    }

    /// Null when there is none to spare.
    void* take() noexcept
    {
        const auto block = spare_;
        if (block != nullptr)
        {
            spare_ = block->next;
            --count_;
        }
        return block;
    }

    void give(void* block) noexcept
    {
        if (count_ == max_spare) [[unlikely]]
        {
            ::operator delete(block);
            return;
        }
        ++count_;
        spare_ = ::new (block) spare_block{spare_};
    }

    /// Numbers are taken in blocks, so that schedulers on other threads do not share a cache line at each spawn.
    std::uint64_t next_id() noexcept
    {
        if (id_ % ids_at_once == 0) [[unlikely]]
        {
            id_ = take_ids();
        }
        return id_++;
    }

    /// The first of `ids_at_once` numbers that nobody else gets. Thread safety: any thread.
    static std::uint64_t take_ids() noexcept;

private:
    struct spare_block
    {
        spare_block* next;
    };
    static constexpr std::size_t max_spare = 8192;
    static constexpr std::uint64_t ids_at_once = 1024;

    spare_block* spare_ = nullptr;
    std::size_t count_ = 0;
    std::uint64_t id_ = 0;
};

} // namespace weft::detail

#endif
