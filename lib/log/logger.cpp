// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/log/log.hpp>
#include <weft/log/logger.hpp>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <mutex>
#include <utility>

namespace weft::log
{
namespace
{

using padding = spdlog::details::padding_info;

constexpr char fiber_name_letter = 'w'; // free in spdlog's own patterns

constinit std::atomic<fiber_name_source> name_source{nullptr};

class fiber_name_flag final : public spdlog::custom_flag_formatter
{
public:
    void format(const spdlog::details::log_msg& /*message*/, const std::tm& /*time*/,
                spdlog::memory_buf_t& destination) override
    {
        std::array<char, 64> buffer{'-'};
        std::size_t length = 0;
        if (const fiber_name_source source = name_source.load(std::memory_order_acquire))
        {
            length = std::min(source(buffer.data(), buffer.size()), buffer.size());
        }
        if (length == 0)
        {
            buffer[0] = '-';
            length = 1;
        }
        if (padinfo_.enabled() && padinfo_.truncate_)
        {
            length = std::min(length, padinfo_.width_);
        }

        // spdlog's padding is private to its compiled part.
        const std::size_t fill = padinfo_.enabled() ? padinfo_.width_ - std::min(length, padinfo_.width_) : 0;
        std::size_t before = 0;
        switch (padinfo_.side_)
        {
        case padding::pad_side::left:
            before = fill;
            break;
        case padding::pad_side::center:
            before = fill / 2;
            break;
        case padding::pad_side::right:
            break;
        }
        append(destination, before);
        destination.append(buffer.data(), buffer.data() + length);
        append(destination, fill - before);
    }

    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override
    {
        return std::make_unique<fiber_name_flag>();
    }

private:
    static void append(spdlog::memory_buf_t& destination, std::size_t spaces)
    {
        for (; spaces != 0; --spaces)
        {
            destination.push_back(' ');
        }
    }
};

std::shared_ptr<spdlog::logger> make_default_logger()
{
    // Not in spdlog's registry: the name may be taken there, and its settings are the program's.
    auto made = std::make_shared<spdlog::logger>("weft", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_formatter(make_formatter("[%Y-%m-%d %H:%M:%S.%e] [%n] [%^%l%$] [%w] %v"));
    made->set_level(spdlog::level::info);
    return made;
}

struct process_logger
{
    std::mutex mutex;
    bool chosen = false;                     // guarded by mutex
    std::shared_ptr<spdlog::logger> current; // guarded by mutex
};

// Needs no constructor to run and never runs a destructor: static objects of the program log as well.
union undying
{
    constexpr undying() noexcept : value{} {}
    undying(const undying&) = delete;
    undying& operator=(const undying&) = delete;
    ~undying() {}

    process_logger value;
};

constinit undying process;

} // namespace

std::shared_ptr<spdlog::logger> logger()
{
    const std::lock_guard lock(process.value.mutex);
    if (!process.value.chosen)
    {
        process.value.current = make_default_logger();
        process.value.chosen = true;
    }
    return process.value.current;
}

void set_logger(std::shared_ptr<spdlog::logger> replacement) noexcept
{
    // What is replaced may be destroyed at the end of this call, after the lock is released.
    const std::lock_guard lock(process.value.mutex);
    process.value.current.swap(replacement);
    process.value.chosen = true;
}

std::unique_ptr<spdlog::formatter> make_formatter(std::string pattern)
{
    auto made = std::make_unique<spdlog::pattern_formatter>();
    made->add_flag<fiber_name_flag>(fiber_name_letter).set_pattern(std::move(pattern));
    return made;
}

void set_fiber_name_source(fiber_name_source source) noexcept
{
    name_source.store(source, std::memory_order_release);
}

namespace detail
{

std::shared_ptr<spdlog::logger> logger_for(level which) noexcept
{
    try
    {
        auto current = logger();
        if (current && current->should_log(static_cast<spdlog::level::level_enum>(which)))
        {
            return current;
        }
    }
    catch (...) // NOLINT(bugprone-empty-catch): without memory for a logger there is nowhere to report it
    {
    }
    return nullptr;
}

} // namespace detail
} // namespace weft::log
