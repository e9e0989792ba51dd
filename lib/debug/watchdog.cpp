// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/watchdog.hpp>
#include <weft/fiber/detail/interrupted_at.hpp>
#include <weft/fiber/detail/observation.hpp>
#include <weft/log/log.hpp>

#include "call_chain.hpp"
#include "interrupt_thread.hpp"
#include "overflow_text.hpp"
#include "records.hpp"
#include "thread_cover.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <new>
#include <sstream>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace weft::debug
{

namespace
{

using weft::detail::round_progress;
using weft::detail::scheduler_core;
using time_point = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds patience(500);

/// What the stalled thread says of itself, in a signal handler: no memory, no lock.
struct confession : detail::interruption
{
    confession(scheduler_core& watched, const round_progress& seen) noexcept
        : interruption{&confession::make}, core(&watched), when(seen)
    {
    }

    scheduler_core* core;
    round_progress when;
    bool is_made = false;
    std::array<char, 64> name{};
    std::size_t name_size = 0;
    std::uint64_t id = 0;
    spawn_site site;
    std::array<const void*, detail::call_chain::innermost + detail::call_chain::outermost> calls{};
    std::size_t call_count = 0;

    static void make(interruption& self, const void* signal_context) noexcept
    {
        auto& mine = static_cast<confession&>(self);
        const auto* const fiber = weft::detail::responsible_fiber();
        if (fiber == nullptr || fiber->core != mine.core || mine.core->progress() != mine.when)
        {
            return; // it has gone on meanwhile
        }
        mine.name_size = weft::detail::name_of(*fiber).copy(mine.name.data(), mine.name.size());
        mine.id = fiber->id;
        mine.site = detail::site_of(*fiber);
        detail::call_chain chain(weft::detail::registers_of(signal_context).program_counter);
        chain.find();
        chain.for_each([&](const detail::call_chain::call& one) { mine.calls[mine.call_count++] = one.address; },
                       [](std::size_t) {});
        mine.is_made = true;
    }
};

struct watched_scheduler
{
    scheduler handle;
    round_progress before;
    time_point since;
    bool is_reported = false;
};

} // namespace

class watchdog::state
{
public:
    explicit state(const watchdog_options& options) : options_(options), process_(::getpid())
    {
        if (options.interval.count() != 0)
        {
            thread_ = std::thread([this] { look_again_and_again(); });
        }
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    ~state()
    {
        {
            const std::lock_guard guard(ending_);
            ended_ = true;
        }
        changed_.notify_one();
        if (thread_.joinable())
        {
            thread_.join();
        }
        for (auto& one : watched_)
        {
            --one.handle.core().watchers;
        }
    }

    bool has_thread() const noexcept
    {
        return process_ == ::getpid();
    }

    void watch(const scheduler& which)
    {
        const std::lock_guard guard(mutex_);
        if (find(which) == watched_.end())
        {
            watched_.push_back({which, {}, {}});
            ++which.core().watchers;
        }
    }

    void forget(const scheduler& which) noexcept
    {
        const std::lock_guard guard(mutex_);
        const auto found = find(which);
        if (found != watched_.end())
        {
            --which.core().watchers;
            watched_.erase(found);
        }
    }

    std::vector<stall> check(time_point now)
    {
        const std::lock_guard guard(mutex_);
        ++counters_.checks;
        std::vector<stall> found;
        for (auto& one : watched_)
        {
            const auto present = one.handle.core().progress();
            if (!present.is_in_round() || present != one.before)
            {
                one.before = present;
                one.since = now;
                one.is_reported = false;
            }
            else if (!one.is_reported && now - one.since >= options_.limit)
            {
                one.is_reported = true;
                found.push_back(examine(one, now));
                ++counters_.stalls;
                counters_.unexplained += found.back().is_explained ? 0U : 1U;
                WEFT_LOG_WARN("{}", to_string(found.back()));
                if (options_.call_others)
                {
                    one.handle.core().call_others();
                }
            }
        }
        return found;
    }

    watchdog_counters counters() const noexcept
    {
        const std::lock_guard guard(mutex_);
        return counters_;
    }

private:
    std::vector<watched_scheduler>::iterator find(const scheduler& which) noexcept
    {
        return std::find_if(watched_.begin(), watched_.end(),
                            [&](const watched_scheduler& one) { return one.handle == which; });
    }

    stall examine(const watched_scheduler& which, time_point now) const
    {
        auto& core = which.handle.core();
        stall result{.lasted = now - which.since, .thread = core.thread_of_round()};
        confession answer(core, which.before);
        if (options_.signal == 0 || result.thread == 0 ||
            !detail::interrupt_thread(result.thread, options_.signal, answer, patience) || !answer.is_made)
        {
            return result;
        }
        result.is_explained = true;
        result.fiber = std::string(answer.name.data(), answer.name_size) + '#' + std::to_string(answer.id);
        result.site = answer.site;
        result.calls.assign(answer.calls.begin(),
                            answer.calls.begin() + static_cast<std::ptrdiff_t>(answer.call_count));
        return result;
    }

    void look_again_and_again()
    {
        std::unique_lock lock(ending_);
        while (!changed_.wait_for(lock, options_.interval, [this] { return ended_; }))
        {
            lock.unlock();
            try
            {
                check(std::chrono::steady_clock::now());
            }
            catch (const std::bad_alloc&)
            {
                WEFT_LOG_WARN("no memory for the report of a fiber that keeps its thread");
            }
            lock.lock();
        }
    }

    const watchdog_options options_;
    const pid_t process_;
    mutable std::mutex mutex_;
    std::vector<watched_scheduler> watched_; // guarded by mutex_
    watchdog_counters counters_;             // guarded by mutex_
    std::mutex ending_;
    std::condition_variable changed_;
    bool ended_ = false; // guarded by ending_
    std::thread thread_;
};

int watchdog_options::default_signal() noexcept
{
#if defined(SIGRTMAX)
    return SIGRTMAX - 1;
#else
    return 0;
#endif
}

watchdog::watchdog(const watchdog_options& options)
{
    if (options.limit <= options.limit.zero() || options.interval < options.interval.zero() ||
        (options.signal != 0 && !detail::can_interrupt_with(options.signal)))
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::invalid_argument),
                                          "weft::debug::watchdog: a limit, an interval or a signal that cannot be");
    }
    detail::prepare_report();
    // Threads that run fibers get a signal stack, unless somebody else is told of their rounds already.
    void (*nobody)() noexcept = nullptr;
    weft::detail::told.round_begins.compare_exchange_strong(nobody, &detail::try_cover_thread);
    state_ = std::make_unique<state>(options);
}

watchdog::~watchdog()
{
    if (!state_->has_thread())
    {
        // The parent's thread waits for ever in this copy, which cannot be destroyed under it.
        static_cast<void>(state_.release());
    }
}

void watchdog::watch(const scheduler& which)
{
    state_->watch(which);
}

void watchdog::forget(const scheduler& which) noexcept
{
    state_->forget(which);
}

std::vector<stall> watchdog::check(time_point now)
{
    return state_->check(now);
}

watchdog_counters watchdog::counters() const noexcept
{
    return state_->counters();
}

std::string to_string(const stall& which)
{
    std::ostringstream text;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(which.lasted).count();
    text << (which.is_explained ? "fiber " + which.fiber : std::string("a fiber")) << " has kept thread "
         << which.thread << " for " << milliseconds << " ms: it computes, or blocks, and lets nobody else run";
    if (which.is_explained)
    {
        text << "\n  spawned at " << to_string(which.site) << "\n  backtrace, innermost first:";
        for (const auto* const call : which.calls)
        {
            text << "\n    " << to_string(spawn_site{call, {}});
        }
    }
    return text.str();
}

} // namespace weft::debug
