// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/io/blocking_call.hpp>
#include <weft/io/detail/io_object.hpp>
#include <weft/io/resolver.hpp>
#include <weft/sync/event.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <utility>

namespace weft
{
namespace
{

namespace asio = boost::asio;
using boost::system::error_code;
using endpoints = std::vector<asio::ip::tcp::endpoint>;

error_code to_error(int failure)
{
    switch (failure)
    {
    case 0:
        return {};
    case EAI_AGAIN:
        return asio::error::host_not_found_try_again;
    case EAI_BADFLAGS:
        return asio::error::invalid_argument;
    case EAI_FAIL:
        return asio::error::no_recovery;
    case EAI_FAMILY:
        return asio::error::address_family_not_supported;
    case EAI_MEMORY:
        return asio::error::no_memory;
    case EAI_SERVICE:
        return asio::error::service_not_found;
    case EAI_SOCKTYPE:
        return asio::error::socket_type_not_supported;
    case EAI_SYSTEM:
        return {errno, boost::system::system_category()};
    default: // EAI_NONAME, and those of some systems that mean the same
        return asio::error::host_not_found;
    }
}

endpoints ask_system(const resolver_query& query, error_code& error)
{
    addrinfo wanted{};
    wanted.ai_socktype = query.is_stream ? SOCK_STREAM : SOCK_DGRAM;
    addrinfo* found = nullptr;
    error = to_error(::getaddrinfo(query.host.empty() ? nullptr : query.host.c_str(),
                                   query.service.empty() ? nullptr : query.service.c_str(), &wanted, &found));
    endpoints all;
    if (error)
    {
        return all;
    }
    for (auto one = found; one != nullptr; one = one->ai_next)
    {
        if (one->ai_family == AF_INET || one->ai_family == AF_INET6)
        {
            auto& fresh = all.emplace_back();
            fresh.resize(one->ai_addrlen);
            std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen,
                        reinterpret_cast<char*>(fresh.data()));
        }
    }
    ::freeaddrinfo(found);
    if (all.empty())
    {
        error = asio::error::host_not_found;
    }
    return all;
}

/// What needs no look-up.
std::optional<asio::ip::tcp::endpoint> parse(const resolver_query& query)
{
    error_code error;
    const auto address = asio::ip::make_address(query.host, error);
    unsigned short port = 0;
    const auto& service = query.service;
    const auto parsed = std::from_chars(service.data(), service.data() + service.size(), port);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == service.data() + service.size();
    if (error || (!service.empty() && !is_number))
    {
        return std::nullopt;
    }
    return asio::ip::tcp::endpoint(address, port);
}

} // namespace

/// The cache, which look-ups fill that outlive their resolver.
class resolver::shared_state
{
public:
    explicit shared_state(options how) : options_(std::move(how)) {}

    endpoints ask(const resolver_query& query, error_code& error) const
    {
        return options_.look_up ? options_.look_up(query, error) : ask_system(query, error);
    }

    detail::blocking_core& pool() const
    {
        return (options_.pool != nullptr ? *options_.pool : blocking_pool::shared()).core();
    }

    bool recall(const resolver_query& query, detail::time_point now, endpoints& found, error_code& error)
    {
        const std::lock_guard guard(mutex_);
        const auto place = answers_.find(query);
        if (place == answers_.end() || place->second.until <= now)
        {
            return false;
        }
        found = place->second.found;
        error = place->second.error;
        return true;
    }

    void keep(const resolver_query& query, detail::time_point asked_at, const endpoints& found, const error_code& error)
    {
        const auto lifetime = !error                                 ? options_.lifetime
                              : error == asio::error::host_not_found ? options_.failure_lifetime
                                                                     : std::chrono::milliseconds(0);
        if (lifetime.count() <= 0 || options_.capacity == 0)
        {
            return;
        }
        const std::lock_guard guard(mutex_);
        if (answers_.size() >= options_.capacity && !answers_.contains(query))
        {
            answers_.erase(std::min_element(answers_.begin(), answers_.end(), [](const auto& left, const auto& right) {
                return left.second.until < right.second.until;
            }));
        }
        answers_[query] = {found, error, asked_at + lifetime};
    }

    void forget() noexcept
    {
        const std::lock_guard guard(mutex_);
        answers_.clear();
    }

private:
    struct answer
    {
        endpoints found;
        error_code error;
        detail::time_point until;
    };

    const options options_;
    std::mutex mutex_;
    std::map<resolver_query, answer> answers_; // guarded by mutex_
};

/// One on its way; whoever waits for it may leave before its end.
class resolver::look_up : public detail::blocking_task
{
public:
    look_up(std::shared_ptr<shared_state> cache, const resolver_query& query)
        : blocking_task(&look_up::execute), query_(query), cache_(std::move(cache)), asked_at_(this_fiber::now())
    {
        discard = &look_up::finish;
        home = detail::home_of_running_fiber();
    }

    /// It keeps itself until the pool has done with it.
    static error_code start(const std::shared_ptr<look_up>& self)
    {
        self->self_ = self;
        const auto refused = detail::start_blocking(self->cache_->pool(), *self);
        if (refused)
        {
            self->self_ = nullptr;
        }
        return refused;
    }

    manual_reset_event done; ///< then the following are final
    endpoints found;
    error_code error = asio::error::operation_aborted;

private:
    static void execute(detail::blocking_task& task) noexcept
    {
        auto& self = static_cast<look_up&>(task);
        try
        {
            self.error = {};
            self.found = self.cache_->ask(self.query_, self.error);
            self.cache_->keep(self.query_, self.asked_at_, self.found, self.error);
        }
        catch (const std::bad_alloc&)
        {
            self.error = asio::error::no_memory;
        }
    }

    static void finish(detail::blocking_task& task) noexcept
    {
        auto& self = static_cast<look_up&>(task);
        const auto last = std::move(self.self_);
        self.done.set();
    }

    const resolver_query query_;
    const std::shared_ptr<shared_state> cache_;
    const detail::time_point asked_at_;
    std::shared_ptr<look_up> self_;
};

resolver::resolver(options how) : state_(std::make_shared<shared_state>(std::move(how))) {}

resolver::~resolver() = default;

void resolver::forget() noexcept
{
    state_->forget();
}

resolver::endpoints resolver::find(const resolver_query& query, error_code& error)
{
    detail::begin_call(error);
    if (error)
    {
        return {};
    }
    if (const auto numeric = parse(query))
    {
        return {*numeric};
    }
    endpoints found;
    const auto now = this_fiber::now();
    if (state_->recall(query, now, found, error))
    {
        return found;
    }
    if (!this_fiber::is_fiber())
    {
        error = detail::blocking_error();
        if (!error)
        {
            found = state_->ask(query, error); // no error so far, which a source may leave at that
            state_->keep(query, now, found, error);
        }
        return found;
    }
    const auto asked = std::make_shared<look_up>(state_, query);
    error = look_up::start(asked);
    if (error)
    {
        return {};
    }
    try
    {
        asked->done.wait();
    }
    catch (const boost::system::system_error& interrupted)
    {
        error = interrupted.code();
        return {};
    }
    error = asked->error;
    return std::move(asked->found);
}

resolver::endpoints resolver::find(const resolver_query& query)
{
    error_code error;
    auto found = find(query, error);
    if (error)
    {
        throw boost::system::system_error(error, "resolve \"" + query.host + "\", \"" + query.service + '"');
    }
    return found;
}

} // namespace weft
