// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber_group.hpp>
#include <weft/io/tcp.hpp>
#include <weft/sync/event.hpp>

#include <boost/asio/error.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace weft::tcp
{

namespace
{

using boost::system::error_code;

/// The families take turns, beginning with that of the first address; within a family the order stays.
std::vector<endpoint> in_turns(std::span<const endpoint> addresses)
{
    std::vector<endpoint> result;
    result.reserve(addresses.size());
    std::size_t next[2] = {0, 0};
    bool wanted = !addresses.empty() && addresses.front().address().is_v4();
    while (result.size() < addresses.size())
    {
        auto& place = next[wanted ? 1 : 0];
        while (place < addresses.size() && addresses[place].address().is_v4() != wanted)
        {
            ++place;
        }
        if (place < addresses.size())
        {
            result.push_back(addresses[place++]);
        }
        wanted = !wanted;
    }
    return result;
}

/// What the attempts of one call share.
struct race
{
    std::optional<socket> winner;
    error_code error = boost::asio::error::not_found;
    auto_reset_event news;
    std::size_t failed = 0;

    void run(const endpoint& where)
    {
        socket mine;
        error_code outcome;
        mine.connect(where, outcome);
        if (!outcome && !winner)
        {
            winner.emplace(std::move(mine));
        }
        else if (outcome)
        {
            error = outcome;
            ++failed;
        }
        news.set();
    }
};

} // namespace

socket connect(std::span<const endpoint> addresses, error_code& error, const connect_options& options)
{
    race all;
    try
    {
        fiber_group attempts;
        std::size_t begun = 0;
        for (const auto& where : in_turns(addresses))
        {
            const auto failed_before = all.failed;
            attempts.spawn({.name = "connect"}, [&all, where] { all.run(where); });
            ++begun;
            const auto until = detail::deadline_after(options.attempt_delay);
            while (!all.winner && all.failed == failed_before && all.news.wait_until(until))
            {
            }
            if (all.winner)
            {
                break;
            }
        }
        while (!all.winner && all.failed < begun)
        {
            all.news.wait();
        }
        attempts.cancel();
    }
    catch (const boost::system::system_error& failure)
    {
        error = failure.code();
        return {};
    }
    error = all.winner ? error_code() : all.error;
    return all.winner ? std::move(*all.winner) : socket();
}

socket connect(std::span<const endpoint> addresses, const connect_options& options)
{
    error_code error;
    auto result = connect(addresses, error, options);
    detail::throw_error(error, "connect");
    return result;
}

socket connect(std::string_view host, std::string_view service, error_code& error, const connect_options& options)
{
    boost::asio::ip::tcp::resolver resolver(this_executor());
    const auto found = resolver.async_resolve(host, service, boost::asio::redirect_error(use_fiber, error));
    if (error)
    {
        return {};
    }
    const std::vector<endpoint> addresses(found.begin(), found.end());
    return connect(addresses, error, options);
}

socket connect(std::string_view host, std::string_view service, const connect_options& options)
{
    error_code error;
    auto result = connect(host, service, error, options);
    detail::throw_error(error, "connect");
    return result;
}

} // namespace weft::tcp
