// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_RESOLVER_HPP
#define WEFT_IO_RESOLVER_HPP

#include <boost/asio/ip/basic_resolver_results.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weft
{

class blocking_pool;

/// What is asked for.
struct resolver_query
{
    std::string host;      ///< a name or an address
    std::string service;   ///< a name or a number; empty for port 0
    bool is_stream = true; ///< TCP, else UDP: a name may mean different ports

    auto operator<=>(const resolver_query&) const = default; // NOLINT(modernize-use-nullptr): there is none
};

/// How a `resolver` looks up, and how long it keeps answers.
struct resolver_options
{
    std::chrono::milliseconds lifetime{0};         ///< of an answer in the cache; with 0 nothing is kept
    std::chrono::milliseconds failure_lifetime{0}; ///< the same for the answer that there is none
    std::size_t capacity = 1024;                   ///< of the cache, in answers
    blocking_pool* pool = nullptr;                 ///< where look-ups run; null for the process's own

    /// Another source than the system's; called on several threads at the same time. It must not throw.
    std::function<std::vector<boost::asio::ip::tcp::endpoint>(const resolver_query&, boost::system::error_code&)>
        look_up;
};

/// Turns names of hosts and services into endpoints by the system's `getaddrinfo`, each look-up on a thread of a
/// `blocking_pool`: several go on at once. Numeric addresses need neither thread nor wait.
///
/// With a lifetime given, answers are kept that long, by the time of the fibers' scheduler (the system does not tell how
/// long they hold). That a name does not exist is kept only if `failure_lifetime` says so; other failures never are.
///
/// Thread safety: any thread, any fiber.
class resolver
{
public:
    using error_code = boost::system::error_code;
    using options = resolver_options;
    /// What Asio's resolvers return.
    template <class Protocol>
    using results = boost::asio::ip::basic_resolver_results<Protocol>;

    resolver() : resolver(options{}) {}
    explicit resolver(options how);
    /// Look-ups that nobody waits for any more may still be under way; they need nothing of this object.
    ~resolver();
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;

    /// The endpoints in the order in which to try them: at least one, unless there is an error. Give them to
    /// `asio::async_connect`, for instance.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: `operation_aborted`, at once; a look-up that has begun goes on and fills the cache. The end of the
    /// execution context waits for it.
    /// Errors: `asio::error::host_not_found`, `host_not_found_try_again`, `service_not_found` and others of
    /// `asio::error`; `timed_out` when the inherited deadline comes first; `no_buffer_space` and
    /// `resource_unavailable_try_again` as for `blocking_call`.
    template <class Protocol = boost::asio::ip::tcp>
    results<Protocol> resolve(std::string_view host, std::string_view service, error_code& error)
    {
        const resolver_query query{std::string(host), std::string(service),
                                   std::is_same_v<Protocol, boost::asio::ip::tcp>};
        return make_results<Protocol>(query, find(query, error));
    }
    template <class Protocol = boost::asio::ip::tcp>
    results<Protocol> resolve(std::string_view host, std::string_view service)
    {
        const resolver_query query{std::string(host), std::string(service),
                                   std::is_same_v<Protocol, boost::asio::ip::tcp>};
        return make_results<Protocol>(query, find(query));
    }

    /// Empties the cache.
    void forget() noexcept;

private:
    class shared_state;
    class look_up;
    using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

    endpoints find(const resolver_query& query, error_code& error);
    endpoints find(const resolver_query& query);

    template <class Protocol>
    static results<Protocol> make_results(const resolver_query& query, const endpoints& found)
    {
        std::vector<typename Protocol::endpoint> all;
        all.reserve(found.size());
        for (const auto& one : found)
        {
            all.emplace_back(one.address(), one.port());
        }
        return results<Protocol>::create(all.begin(), all.end(), query.host, query.service);
    }

    std::shared_ptr<shared_state> state_;
};

} // namespace weft

#endif
