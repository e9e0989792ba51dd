// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_IO_HPP
#define WEFT_TEST_IO_SUPPORT_IO_HPP

#include <weft/weft.hpp>

#include <boost/asio.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <iterator>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace weft::test
{

using boost::system::error_code;
using sequence = std::vector<std::string>;

/// Whatever has not happened by then never will.
inline constexpr std::chrono::seconds deadlock_limit{30};

inline tcp::endpoint loopback(unsigned short port = 0)
{
    return {boost::asio::ip::address_v4::loopback(), port};
}

/// The code of the `system_error` that the call throws; no error if it throws nothing.
template <class Call>
error_code code_of(Call&& call)
{
    try
    {
        std::forward<Call>(call)();
    }
    catch (const boost::system::system_error& failure)
    {
        return failure.code();
    }
    return {};
}

/// Runs the io_context until it has nothing left to do.
inline void drain(boost::asio::io_context& io)
{
    io.run_for(deadlock_limit);
    BOOST_REQUIRE_MESSAGE(io.stopped(), "deadlock: the io_context still has work");
}

/// What `weft::run` does, with a check that nothing is left. Asserts belong in here: all of it is the test's thread.
template <class F>
void run_fibers(F function, manual_clock* clock = nullptr)
{
    boost::asio::io_context io(1);
    auto fibers = scheduler::of(io);
    fibers.use_clock(clock);
    std::exception_ptr error;
    spawn(io, attributes{.name = "main"}, [&] {
        try
        {
            function();
        }
        catch (...)
        {
            error = std::current_exception();
            scheduler::current().cancel_all();
        }
    });
    drain(io);
    BOOST_TEST(fibers.counters().live == 0U);
    BOOST_TEST(fibers.counters().ready == 0U);
    if (error)
    {
        std::rethrow_exception(error);
    }
}

/// A fiber whose function must come to its end. One that is left by `operation_aborted` after `cancel` has not failed,
/// and the checks that it skips would go unnoticed.
class watched_fiber : public fiber
{
public:
    template <class F>
    explicit watched_fiber(F function)
        : fiber([function = std::move(function)]() mutable {
              const auto left_by = code_of(function);
              BOOST_TEST(!left_by, "a fiber was left by " << left_by.message());
          })
    {
    }
};

/// Both ends of a connection over the loopback interface.
struct connection
{
    tcp::socket client;
    tcp::socket server;
};

inline connection make_connection(const boost::asio::any_io_executor& executor, int buffer_size = 0)
{
    using boost::asio::ip::tcp;
    boost::asio::ip::tcp::acceptor listener(executor);
    listener.open(tcp::v4());
    tcp::socket client(executor);
    client.open(tcp::v4());
    if (buffer_size != 0)
    {
        // Before the connection exists: the window that is announced depends on it.
        listener.set_option(boost::asio::socket_base::receive_buffer_size(buffer_size));
        listener.set_option(boost::asio::socket_base::send_buffer_size(buffer_size));
        client.set_option(boost::asio::socket_base::receive_buffer_size(buffer_size));
        client.set_option(boost::asio::socket_base::send_buffer_size(buffer_size));
    }
    listener.bind(loopback());
    listener.listen();
    client.connect(listener.local_endpoint());
    tcp::socket server(executor);
    listener.accept(server);
    client.set_option(tcp::no_delay(true));
    server.set_option(tcp::no_delay(true));
    return {weft::tcp::socket(std::move(client)), weft::tcp::socket(std::move(server))};
}

inline connection make_connection()
{
    return make_connection(this_executor());
}

/// Closes so that the peer gets a reset instead of the end of the stream.
inline void reset(tcp::socket& which)
{
    which.set_option(boost::asio::socket_base::linger(true, 0));
    which.close();
}

/// Writes until nothing more fits, also not after the kernel has passed on what it can.
inline void fill(tcp::socket& which)
{
    const std::vector<char> block(65536, 'x');
    which.next_layer().non_blocking(true);
    error_code error;
    for (int refusals = 0; refusals < 3;)
    {
        which.next_layer().write_some(boost::asio::buffer(block), error);
        if (error)
        {
            BOOST_REQUIRE_MESSAGE(error == boost::asio::error::would_block, error.message());
            ++refusals;
            pollfd room{which.native_handle(), POLLOUT, 0};
            ::poll(&room, 1, 1);
        }
        else
        {
            refusals = 0;
        }
    }
}

/// Blocks the thread until the kernel has delivered something to this socket: what follows must not depend on how fast
/// the loopback interface is, for instance because a clock jumps as soon as nothing else is to be done.
inline void await_delivery(tcp::socket& to)
{
    pollfd arrival{to.native_handle(), POLLIN, 0};
    BOOST_REQUIRE(::poll(&arrival, 1, static_cast<int>(deadlock_limit / std::chrono::milliseconds(1))) == 1);
}

/// A listener whose queue is full: connecting to it neither succeeds nor fails.
class crowded_listener
{
public:
    explicit crowded_listener(const boost::asio::any_io_executor& executor) : listener_(executor)
    {
        listener_.open(boost::asio::ip::tcp::v4());
        listener_.bind(loopback());
        listener_.listen(0);
        waiting_.emplace_back(executor).connect(where()); // fills the queue
        for (int i = 0; i < 3; ++i)                       // in case of a place more than that
        {
            auto& other = waiting_.emplace_back(executor);
            other.open(boost::asio::ip::tcp::v4());
            other.non_blocking(true);
            // Asio's own connect would wait in spite of that.
            const auto to = where();
            ::connect(other.native_handle(), to.data(), static_cast<socklen_t>(to.size()));
        }
    }

    tcp::endpoint where() const
    {
        return listener_.local_endpoint();
    }

private:
    boost::asio::ip::tcp::acceptor listener_;
    std::vector<boost::asio::ip::tcp::socket> waiting_;
};

inline std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Fixture: no descriptor is left over.
struct clean_descriptors
{
    void teardown() const
    {
        BOOST_TEST(open_descriptors() == descriptors_before);
    }

    std::size_t descriptors_before = open_descriptors();
};

/// Fixture: limits of waits take no time and are exact. The clock jumps when nothing happens any more; where bytes may
/// be on their way at the same time, `standing` is the one to use.
struct virtual_time : clean_descriptors
{
    manual_clock clock;
    manual_clock standing{manual_clock::when_idle::stand};
};

} // namespace weft::test

#endif
