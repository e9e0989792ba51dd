// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/log/log.hpp>
#include <weft/log/logger.hpp>

#include "support/child_process.hpp"

#include <boost/test/unit_test.hpp>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace
{

/// Puts a logger of its own in place and the former one back.
struct captured_log
{
    captured_log()
    {
        logger->set_formatter(weft::log::make_formatter("%l [%w] %v"));
        logger->set_level(spdlog::level::debug);
        weft::log::set_logger(logger);
    }
    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;
    ~captured_log()
    {
        weft::log::set_fiber_name_source(nullptr);
        weft::log::set_logger(before);
    }

    std::string lines() const
    {
        return stream.str();
    }

    std::ostringstream stream;
    std::shared_ptr<spdlog::logger> before = weft::log::logger();
    std::shared_ptr<spdlog::logger> logger =
        std::make_shared<spdlog::logger>("captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
};

template <class Thrown>
class failing_sink final : public spdlog::sinks::base_sink<std::mutex>
{
    void sink_it_(const spdlog::details::log_msg& /*message*/) override
    {
        throw Thrown("no space left");
    }
    void flush_() override {}
};

struct odd_error // no std::exception
{
    explicit odd_error(const char* /*text*/) {}
};

struct unprintable
{};

} // namespace

template <>
struct fmt::formatter<unprintable>
{
    template <class Context>
    constexpr auto parse(Context& context) -> decltype(context.begin())
    {
        return context.begin();
    }

    template <class Context>
    auto format(unprintable /*value*/, Context& /*context*/) const -> decltype(std::declval<Context&>().out())
    {
        throw std::runtime_error("cannot be printed");
    }
};

BOOST_FIXTURE_TEST_SUITE(log_macros, captured_log)

BOOST_AUTO_TEST_CASE(each_level_with_its_arguments)
{
    WEFT_LOG_DEBUG("debug {}", 1);
    WEFT_LOG_INFO("info {} {}", 2, "two");
    WEFT_LOG_WARN("warn");
    WEFT_LOG_ERROR("error {:x}", 255);
    WEFT_LOG_CRITICAL("critical {}", std::string("text"));
    BOOST_TEST(lines() == "debug [-] debug 1\n"
                          "info [-] info 2 two\n"
                          "warning [-] warn\n"
                          "error [-] error ff\n"
                          "critical [-] critical text\n");
}

BOOST_AUTO_TEST_CASE(arguments_are_evaluated_only_if_the_line_is_written)
{
    int evaluated = 0;
    logger->set_level(spdlog::level::warn);
    WEFT_LOG_INFO("{}", ++evaluated);
    WEFT_LOG_LIMITED(info, 1h, "{}", ++evaluated);
    BOOST_TEST(evaluated == 0);
    WEFT_LOG_WARN("{}", ++evaluated);
    BOOST_TEST(evaluated == 1);
    weft::log::set_logger(nullptr);
    WEFT_LOG_CRITICAL("{}", ++evaluated);
    WEFT_LOG_LIMITED(critical, 1h, "{}", ++evaluated);
    BOOST_TEST(evaluated == 1);
    BOOST_TEST(lines() == "warning [-] 1\n");
}

BOOST_AUTO_TEST_CASE(is_one_statement)
{
    if (lines().empty())
        WEFT_LOG_INFO("then");
    else
        WEFT_LOG_INFO("else");
    BOOST_TEST(lines() == "info [-] then\n");
}

BOOST_AUTO_TEST_CASE(the_line_knows_where_it_was_written)
{
    logger->set_formatter(weft::log::make_formatter("%s %! %v"));
    WEFT_LOG_INFO("here");
    BOOST_TEST(lines() == "logger.cpp test_method here\n");
}

BOOST_AUTO_TEST_CASE(a_limited_line_once_per_interval_and_place)
{
    for (int i = 0; i != 5; ++i)
    {
        WEFT_LOG_LIMITED(warn, 1h, "first place {}", i);
        WEFT_LOG_LIMITED(error, 1h, "second place {}", i);
        WEFT_LOG_LIMITED(info, 0ns, "unlimited {}", i);
    }
    BOOST_TEST(lines() == "warning [-] first place 0\n"
                          "error [-] second place 0\n"
                          "info [-] unlimited 0\n"
                          "info [-] unlimited 1\n"
                          "info [-] unlimited 2\n"
                          "info [-] unlimited 3\n"
                          "info [-] unlimited 4\n");
}

BOOST_AUTO_TEST_CASE(a_limited_line_says_how_many_were_not_shown)
{
    weft::log::detail::line(*logger, weft::log::level::warn, {}, 41).write("accept: {}", "no descriptor");
    BOOST_TEST(lines() == "warning [-] accept: no descriptor (41 more were not shown)\n");
}

BOOST_AUTO_TEST_CASE(nothing_that_fails_while_writing_is_thrown)
{
    std::vector<std::string> reported;
    const auto with = [&reported](std::shared_ptr<spdlog::sinks::sink> sink) {
        auto made = std::make_shared<spdlog::logger>("failing", std::move(sink));
        made->set_error_handler([&reported](const std::string& what) { reported.push_back(what); });
        return made;
    };
    weft::log::set_logger(with(std::make_shared<failing_sink<std::runtime_error>>()));
    BOOST_CHECK_NO_THROW(WEFT_LOG_ERROR("lost"));
    weft::log::set_logger(with(std::make_shared<failing_sink<odd_error>>()));
    BOOST_CHECK_NO_THROW(WEFT_LOG_ERROR("lost"));
    BOOST_CHECK_NO_THROW(WEFT_LOG_LIMITED(error, 0ns, "lost"));
    BOOST_CHECK_NO_THROW(WEFT_LOG_ERROR("{}", unprintable{}));
    BOOST_REQUIRE(!reported.empty());
    BOOST_TEST(reported.front().starts_with("no space left"), reported.front());
    BOOST_TEST(reported.back().starts_with("cannot be printed"), reported.back());
}

BOOST_AUTO_TEST_CASE(what_an_argument_throws_is_the_callers)
{
    const auto argument = []() -> int { throw std::out_of_range("argument"); };
    BOOST_CHECK_THROW(WEFT_LOG_ERROR("{}", argument()), std::out_of_range);
    BOOST_TEST(lines().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(log_fiber_name, captured_log)

BOOST_AUTO_TEST_CASE(comes_from_the_source_that_was_set)
{
    weft::log::set_fiber_name_source(
        [](char* buffer, std::size_t size) noexcept { return std::string_view("session 7").copy(buffer, size); });
    WEFT_LOG_INFO("in a fiber");
    weft::log::set_fiber_name_source([](char*, std::size_t) noexcept { return std::size_t{0}; });
    WEFT_LOG_INFO("in none");
    weft::log::set_fiber_name_source(nullptr);
    WEFT_LOG_INFO("nobody to ask");
    BOOST_TEST(lines() == "info [session 7] in a fiber\n"
                          "info [-] in none\n"
                          "info [-] nobody to ask\n");
}

BOOST_AUTO_TEST_CASE(width_and_alignment_as_with_other_flags)
{
    weft::log::set_fiber_name_source(
        [](char* buffer, std::size_t size) noexcept { return std::string_view("abcde").copy(buffer, size); });
    for (const char* pattern : {"%w|", "%7w|", "%-7w|", "%=8w|", "%3w|", "%3!w|", "%-7!w|"})
    {
        logger->set_formatter(weft::log::make_formatter(pattern));
        WEFT_LOG_INFO("");
    }
    BOOST_TEST(lines() == "abcde|\n  abcde|\nabcde  |\n abcde  |\nabcde|\nabc|\nabcde  |\n");
}

BOOST_AUTO_TEST_CASE(a_source_that_claims_too_much_is_cut)
{
    weft::log::set_fiber_name_source([](char* buffer, std::size_t size) noexcept {
        std::fill_n(buffer, size, 'x');
        return size * 2;
    });
    WEFT_LOG_INFO("long");
    BOOST_TEST(lines() == "info [" + std::string(64, 'x') + "] long\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_logger)

BOOST_AUTO_TEST_CASE(default_writes_to_stderr_from_info_upwards)
{
    const auto result = weft::test::run_in_child([] {
        weft::test::require_in_child(weft::log::logger()->name() == "weft", "name is weft");
        weft::test::require_in_child(weft::log::logger() == weft::log::logger(), "one logger");
        WEFT_LOG_DEBUG("hidden");
        WEFT_LOG_INFO("shown");
        weft::log::logger()->flush();
    });
    BOOST_TEST(result.exited_with(0));
    BOOST_TEST(result.errors.ends_with(" [weft] [info] [-] shown\n"), result.errors);
    BOOST_TEST(result.errors.starts_with("["), result.errors);
    BOOST_TEST(std::count(result.errors.begin(), result.errors.end(), '\n') == 1, result.errors);
}

BOOST_AUTO_TEST_CASE(null_silences)
{
    const auto result = weft::test::run_in_child([] {
        weft::log::set_logger(nullptr);
        WEFT_LOG_CRITICAL("hidden");
        weft::test::require_in_child(weft::log::logger() == nullptr, "no logger");
    });
    BOOST_TEST(result.exited_with(0));
    BOOST_TEST(result.errors == "");
}

BOOST_AUTO_TEST_CASE(a_replaced_logger_is_released)
{
    const auto before = weft::log::logger();
    auto mine = std::make_shared<spdlog::logger>("mine");
    const std::weak_ptr<spdlog::logger> watch = mine;
    weft::log::set_logger(std::move(mine));
    BOOST_TEST(!watch.expired());
    weft::log::set_logger(before);
    BOOST_TEST(watch.expired());
}

BOOST_AUTO_TEST_CASE(W12_an_asynchronous_logger)
{
    const auto before = weft::log::logger();
    std::ostringstream stream;
    auto writers = std::make_shared<spdlog::details::thread_pool>(8, 1);
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(stream);
    const auto logger = std::make_shared<spdlog::async_logger>("later", sink, writers);
    logger->set_formatter(weft::log::make_formatter("%l [%w] %v"));
    weft::log::set_logger(logger);
    for (int line = 0; line < 20; ++line) // more than the queue has room for
    {
        WEFT_LOG_WARN("line {}", line);
    }
    weft::log::set_logger(before);
    writers.reset(); // ends when what is queued has been written; logger and sink are still there

    std::string expected;
    for (int line = 0; line < 20; ++line)
    {
        expected += "warning [-] line " + std::to_string(line) + '\n';
    }
    BOOST_TEST(stream.str() == expected);
}

BOOST_AUTO_TEST_CASE(replaced_while_others_write)
{
    const captured_log mine;
    std::ostringstream stream;
    const auto other =
        std::make_shared<spdlog::logger>("other", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
    other->set_formatter(weft::log::make_formatter("%v"));
    constexpr int lines_each = 500;
    std::atomic<int> running{3};
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
    {
        threads.emplace_back([&running] {
            for (int line = 0; line != lines_each; ++line)
            {
                WEFT_LOG_INFO("line");
            }
            --running;
        });
    }
    while (running != 0)
    {
        weft::log::set_logger(other);
        weft::log::set_logger(mine.logger);
    }
    for (std::thread& each : threads)
    {
        each.join();
    }
    const std::string all = mine.lines() + stream.str();
    BOOST_TEST(std::count(all.begin(), all.end(), '\n') == 3 * lines_each);
}

BOOST_AUTO_TEST_SUITE_END()
