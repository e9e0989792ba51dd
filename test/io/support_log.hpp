// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_LOG_HPP
#define WEFT_TEST_IO_SUPPORT_LOG_HPP

#include <weft/log/logger.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <cstddef>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace weft::test
{

/// Catches what the library reports, as long as it is in scope.
class captured_log
{
public:
    captured_log()
    {
        const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(stream_);
        const auto replacement = std::make_shared<spdlog::logger>("captured", sink);
        replacement->set_pattern("%l %v");
        log::set_logger(replacement);
    }
    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;
    ~captured_log()
    {
        log::set_logger(before_);
    }

    std::string text() const
    {
        return stream_.str();
    }

    /// How many lines contain this.
    std::size_t count(std::string_view part) const
    {
        std::istringstream lines(stream_.str());
        std::size_t found = 0;
        for (std::string line; std::getline(lines, line);)
        {
            found += line.find(part) != std::string::npos ? 1U : 0U;
        }
        return found;
    }

private:
    std::ostringstream stream_;
    std::shared_ptr<spdlog::logger> before_ = log::logger();
};

} // namespace weft::test

#endif
