// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/fiber_body.hpp>
#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/wait_queue.hpp>

#include "fiber_extras.hpp"
#include "report.hpp"
#include "storage_record.hpp"

#include <boost/system/system_error.hpp>

#include <memory>
#include <new>

namespace weft::detail
{

void* allocate_record(std::size_t bytes, std::size_t alignment)
{
    return is_pooled_record(bytes, alignment) ? ::operator new(record_pool::block_size)
                                              : ::operator new(bytes, std::align_val_t{alignment});
}

void deallocate_record(void* memory, std::size_t bytes, std::size_t alignment) noexcept
{
    if (!is_pooled_record(bytes, alignment))
    {
        ::operator delete(memory, std::align_val_t{alignment});
    }
    else if (const auto core = current_core())
    {
        // Blocks are alike: the running scheduler may keep one that another has allocated.
        core->records.give(memory);
    }
    else
    {
        ::operator delete(memory);
    }
}

void apply_attributes(fiber_record& record, const attributes& wanted)
{
    if (wanted.stack_size != 0 && wanted.stack_size < minimum_stack_size())
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::invalid_argument),
                                          "weft: a stack of " + std::to_string(wanted.stack_size) +
                                              " bytes is below the minimum of " + std::to_string(minimum_stack_size()));
    }
    record.deadline = wanted.deadline;
    record.priority = wanted.priority;
    if (wanted.storage != nullptr)
    {
        describe_storage(record, wanted);
        return;
    }
    record.stack_size = record.core->is_default_stack_size(wanted.stack_size) ? 0 : wanted.stack_size;
    record.stack_kind = record.stack_size == 0 ? fiber_record::default_stack : fiber_record::stack_of_a_size;
    if (wanted.migratable)
    {
        record.migratable = true;
        record.only_core = fiber_record::any_core();
    }
    if (!wanted.name.empty())
    {
        auto& extras = extras_of(record);
        extras.own_name = wanted.name;
        extras.name = extras.own_name;
    }
    if (wanted.site.line() != 0)
    {
        extras_of(record).site = wanted.site;
    }
}

void fiber_record::dispose() noexcept
{
    if (extras != nullptr) [[unlikely]]
    {
        dispose_of_extras();
        return;
    }
    const auto memory_of_this = static_cast<void*>(this);
    const auto bytes = record_size;
    const auto align = alignment;
    scheduler_core* const home = counts_core ? core.operator->() : nullptr;
    this->~fiber_record();
    deallocate_record(memory_of_this, bytes, align);
    if (home != nullptr)
    {
        home->release();
    }
}

void fiber_record::dispose_of_extras() noexcept
{
    const auto old = std::exchange(extras, nullptr);
    if (storage == nullptr)
    {
        delete old;
        dispose();
        return;
    }
    std::destroy_at(old);
    const auto lender = storage;
    scheduler_core* const home = counts_core ? core.operator->() : nullptr;
    this->~fiber_record();
    return_storage(*lender);
    if (home != nullptr)
    {
        home->release();
    }
}

void fiber_record::release_handle() noexcept
{
    const auto before = shared_state.fetch_sub(reference + has_handle, std::memory_order_acq_rel);
    if ((before & ended) != 0 && error != nullptr)
    {
        report_unhandled(*this);
    }
    if (before < 2 * reference)
    {
        dispose();
    }
}

fiber_extras& extras_of(fiber_record& fiber)
{
    if (fiber.extras == nullptr)
    {
        fiber.extras = fiber.storage != nullptr ? make_extras(*fiber.storage) : new fiber_extras;
    }
    return *fiber.extras;
}

void cancel_on_stop::operator()() const noexcept
{
    request_cancel(*fiber, cancel_reasons::stop_token);
}

void obey(fiber_record& fiber, const std::stop_token& stop)
{
    extras_of(fiber).on_outer_stop.emplace(stop, cancel_on_stop{&fiber});
}

void discard_unstarted(fiber_record& record) noexcept
{
    forget_stop_source(record);
    record.destroy_body(record);
    record.release();
}

void request_cancel(fiber_record& fiber, cancel_reason why) noexcept
{
    if (fiber.has_ended() || fiber.cancel_requested.exchange(true, std::memory_order_acq_rel))
    {
        return;
    }
    if (!fiber.torn_down) [[likely]]
    {
        // Read in the round, behind the call or the post below.
        fiber.cancel_why = why;
    }
    const auto here = current_core();
    if (here != nullptr && here == fiber.only_core)
    {
        here->apply_cancel(fiber);
        return;
    }
    // Whoever takes a fiber in says so first and asks for this second; here it is the other way round.
    fiber.cancel_told.store(true, std::memory_order_seq_cst);
    const auto core = fiber.present_core();
    if (core == nullptr)
    {
        return; // whoever takes it in will find out
    }
    if (core == here)
    {
        core->apply_cancel(fiber);
        return;
    }
    // The request must find the record when it is served.
    fiber.add_reference();
    fiber.cancel_request.run = [](scheduler_core& present, inbox_node& node) {
        auto& target = fiber_record::of_cancel_request(node);
        if (!target.has_ended() && target.present_core() == &present)
        {
            present.apply_cancel(target);
        }
        target.release();
    };
    core->post(fiber.cancel_request);
}

void start_detached(const scheduler& where, fiber_record& record, const attributes* wanted)
{
    try
    {
        obey(record, wanted);
        where.core().start(record);
    }
    catch (...)
    {
        discard_unstarted(record);
        throw;
    }
}

void start_unjoined(scheduler_core& core, launch how, const attributes* wanted, fiber_record& record)
{
    try
    {
        obey(record, wanted);
        if (how == launch::post)
        {
            core.start_here(record);
            return;
        }
        core.admit_with_stack(record);
    }
    catch (...)
    {
        discard_unstarted(record);
        throw;
    }
    core.enter_at_once(record);
}

void end_for_remote_joiners(fiber_record& fiber) noexcept
{
    wait_list::entries claimed;
    bool was_last = false;
    bool is_lost = false;
    {
        const std::lock_guard guard(fiber.remote_joiners.lock());
        fiber.remote_joiners.claim_all(claimed);
        // The mark and the fiber's own reference in one step: who joins finds that nobody else has the record.
        auto state = fiber.shared_state.load(std::memory_order_acquire);
        do
        {
            is_lost = fiber.error != nullptr && (state & fiber_record::has_handle) == 0;
            was_last = state < 2 * fiber_record::reference;
        } while (!is_lost && !was_last &&
                 !fiber.shared_state.compare_exchange_weak(state,
                                                           (state | fiber_record::ended) - fiber_record::reference,
                                                           std::memory_order_acq_rel, std::memory_order_acquire));
    }
    if (is_lost)
    {
        report_unhandled(fiber);
    }
    if (was_last)
    {
        fiber.shared_state.fetch_or(fiber_record::ended, std::memory_order_relaxed);
        fiber.release();
    }
    deliver_all(claimed);
}

} // namespace weft::detail
