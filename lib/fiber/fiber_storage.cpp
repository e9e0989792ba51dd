// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/detail/sanitizer.hpp>
#include <weft/fiber/detail/fiber_body.hpp>
#include <weft/fiber/fiber_storage.hpp>

#include "fiber_extras.hpp"
#include "storage_record.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>

// From the lowest address:
//
//     record, with the function object | extras | name | stack, growing down from the end
//
// A fiber in storage is ended by `root`, on the thread's stack: whoever learns of the end may use the memory at once,
// which the ended fiber must have left by then. Other fibers hand their stacks over instead.

namespace weft::detail
{

struct storage_access
{
    static void* lend(fiber_storage& storage, const attributes& wanted, std::size_t bytes, std::size_t alignment)
    {
        namespace errc = boost::system::errc;
        if (storage.in_use_.exchange(true, std::memory_order_acquire))
        {
            throw boost::system::system_error(make_error_code(errc::device_or_resource_busy),
                                              "weft: the storage of a fiber is in use by another fiber");
        }
        storage.rest_ = storage.memory_;
        const auto record = take(storage, bytes, alignment);
        storage.extras_ = static_cast<std::byte*>(take(storage, sizeof(fiber_extras), alignof(fiber_extras)));
        storage.name_ = static_cast<char*>(take(storage, wanted.name.size(), 1));
        const auto least = std::max(wanted.stack_size, minimum_stack_size());
        constexpr std::size_t lost_to_alignment = 2 * 16;
        if (storage.name_ == nullptr || storage.rest_.size() < lost_to_alignment ||
            storage.rest_.size() - lost_to_alignment < least)
        {
            return_storage(storage);
            throw boost::system::system_error(
                make_error_code(errc::invalid_argument),
                "weft: the storage of a fiber has " + std::to_string(storage.memory_.size()) + " bytes; it must have " +
                    std::to_string(bytes + sizeof(fiber_extras) + wanted.name.size()) + " for the record and " +
                    std::to_string(least) + " for the stack, and some for alignment");
        }
        return record;
    }

    static void give_back(fiber_storage& storage) noexcept
    {
        if (storage.loan_.where)
        {
            end_loan(storage.loan_);
        }
        storage.in_use_.store(false, std::memory_order_release);
    }

    static fiber_extras* make_extras(fiber_storage& storage) noexcept
    {
        return ::new (static_cast<void*>(storage.extras_)) fiber_extras;
    }

    static std::string_view keep_name(fiber_storage& storage, std::string_view name) noexcept
    {
        name.copy(storage.name_, name.size());
        return {storage.name_, name.size()};
    }

    static stack borrow_stack(fiber_storage& storage)
    {
        return borrow(storage.rest_, storage.loan_);
    }

private:
    /// Null if there is not so much left.
    static void* take(fiber_storage& storage, std::size_t bytes, std::size_t alignment) noexcept
    {
        void* where = storage.rest_.data();
        auto left = storage.rest_.size();
        if (where == nullptr || std::align(alignment, bytes, where, left) == nullptr)
        {
            storage.rest_ = {};
            return nullptr;
        }
        storage.rest_ = {static_cast<std::byte*>(where) + bytes, left - bytes};
        return where;
    }
};

void* lend_storage(const attributes& wanted, std::size_t bytes, std::size_t alignment)
{
    return storage_access::lend(*wanted.storage, wanted, bytes, alignment);
}

void return_storage(fiber_storage& storage) noexcept
{
    storage_access::give_back(storage);
}

fiber_extras* make_extras(fiber_storage& storage) noexcept
{
    return storage_access::make_extras(storage);
}

void describe_storage(fiber_record& record, const attributes& wanted) noexcept
{
    record.storage = wanted.storage;
    record.stack_size = no_stack_of_weft;
    record.stack_kind = fiber_record::stack_in_storage;
    auto& extras = extras_of(record);
    extras.name = storage_access::keep_name(*record.storage, wanted.name);
    extras.site = wanted.site;
}

// ── running in it ───────────────────────────────────────────────────────────────────────────────────────────────────

void scheduler_core::bind_storage(fiber_record& fiber)
{
    // Now, so that no wait of its own has to.
    timers.reserve(counters.live);
    fiber.memory = storage_access::borrow_stack(*fiber.storage);
    fiber.context.describe_stack(fiber.memory);
#if defined(WEFT_TSAN)
    fiber.context.tsan_fiber = __tsan_create_fiber(0);
#endif
    prepare_execution<&scheduler_core::storage_main>(fiber.context, fiber.memory.top(), fiber.memory.size);
    mark_started(fiber);
}

void scheduler_core::storage_main(execution&)
{
    auto& core = *current_core();
    auto& self = *core.current;
    *core.anchors.error_number = 0;
    // The memory was prepared by a fiber that may have changed them.
    set_floating_control(core.modes_, current_floating_control());
    core.run_body(self);
    use_up(core.budget, 1);
    ++core.counters.switches;
    core.current = nullptr;
    core.left_storage_ = &self;
    switch_execution<true>(self.context, core.root, core.anchors);
}

void scheduler_core::end_in_storage() noexcept
{
    auto& self = *std::exchange(left_storage_, nullptr);
#if defined(WEFT_TSAN)
    __tsan_destroy_fiber(self.context.tsan_fiber);
#endif
    end(self);
}

} // namespace weft::detail
