// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/listening_socket.hpp>
#include <weft/io/prefork.hpp>
#include <weft/io/signal_set.hpp>

#include "io/support_serving.hpp"
#include "support/child_process.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <functional>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::prefork_options;
using weft::prefork_worker;

// V4: share-nothing processes. All of a case happens in a child: that is the client, and forks the supervisor.
namespace
{

using tcp_socket = weft::tcp::socket;

/// Answers each line with the number of its process and of its place.
void say_who(tcp_socket peer, prefork_worker self)
{
    const auto name = std::to_string(::getpid()) + " " + std::to_string(self.number) + "\n";
    std::string line;
    for (;;)
    {
        line.clear();
        error_code error;
        peer.read_until(line, "\n", 64, error);
        if (error)
        {
            return;
        }
        if (line == "die\n")
        {
            ::kill(::getpid(), SIGKILL);
        }
        peer.write(asio::buffer(name));
    }
}

int serve_until_told(const weft::tcp::listening_socket& port, prefork_worker self)
{
    return weft::run([&] {
        weft::tcp::acceptor acceptor;
        acceptor.assign(port.duplicate());
        weft::server server({.grace = 10s});
        weft::jfiber stopper([&] {
            weft::signal_set({SIGTERM}).wait();
            server.stop();
        });
        server.serve(acceptor, [self](tcp_socket peer) { say_who(std::move(peer), self); });
    });
}

/// A process that supervises workers.
class supervised
{
public:
    supervised(const std::function<int(prefork_worker)>& body, const prefork_options& options) : process_(::fork())
    {
        if (process_ == 0)
        {
            int status = 99;
            try
            {
                status = weft::prefork(body, options);
            }
            catch (...)
            {
            }
            ::_exit(status);
        }
    }
    void send(int signal) const
    {
        ::kill(process_, signal);
    }
    /// The exit status; 128 and the number of the signal that has killed it.
    int wait() const
    {
        int status = 0;
        ::waitpid(process_, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t process_;
};

struct client
{
    explicit client(const weft::tcp::endpoint& where)
    {
        socket.connect(where);
        process = ask_who();
    }
    std::string ask_who()
    {
        return ask(socket, "who\n");
    }
    tcp_socket socket;
    std::string process;
};

/// Connections until both workers have one; as few as the chance wants.
std::vector<client> connect_to_both(const weft::tcp::endpoint& where)
{
    std::vector<client> clients;
    std::set<std::string> seen;
    while (seen.size() < 2)
    {
        seen.insert(clients.emplace_back(where).process);
    }
    return clients;
}

constexpr prefork_options two_workers{.processes = 2, .grace = 20s, .restart_pause = 1ms};

} // namespace

BOOST_AUTO_TEST_SUITE(preforking)

BOOST_AUTO_TEST_CASE(V4_a_worker_that_is_killed_takes_no_other_connection_with_it)
{
    const auto result = run_in_child([] {
        const weft::tcp::listening_socket port(loopback());
        const auto where = port.local_endpoint();
        const supervised servers([&](prefork_worker self) { return serve_until_told(port, self); }, two_workers);
        weft::run([&] {
            for (int round = 0; round < 5; ++round)
            {
                auto clients = connect_to_both(where);
                const auto victim = clients.front().process;
                error_code end;
                clients.front().socket.write(asio::buffer(std::string("die\n")));
                end = code_of([&] { clients.front().ask_who(); });
                require_in_child(end == asio::error::eof || end == asio::error::connection_reset ||
                                     end == asio::error::broken_pipe,
                                 "the victim's connection has ended");
                std::size_t others = 0;
                for (auto& each : clients)
                {
                    if (each.process != victim)
                    {
                        require_in_child(each.ask_who() == each.process, "the others' connections go on");
                        ++others;
                    }
                }
                require_in_child(others > 0, "there are others");
            }
            connect_to_both(where); // both places are taken again
        });
        servers.send(SIGTERM);
        require_in_child(servers.wait() == 0, "stopped");
        weft::run([&] {
            tcp_socket late;
            late.connect(where); // into the queue: this process has the port
        });
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(V4_reload_and_stop_cut_no_connection)
{
    const auto result = run_in_child([] {
        const weft::tcp::listening_socket port(loopback());
        const auto where = port.local_endpoint();
        const supervised servers([&](prefork_worker self) { return serve_until_told(port, self); }, two_workers);
        weft::run([&] {
            auto old = connect_to_both(where);
            std::set<std::string> before;
            for (const auto& each : old)
            {
                before.insert(each.process);
            }
            servers.send(SIGHUP);
            // Until both of the new ones answer, the old ones may take connections, which they serve to the end.
            std::set<std::string> after;
            std::vector<client> all;
            while (after.size() < 2)
            {
                const auto& fresh = all.emplace_back(where);
                if (before.count(fresh.process) == 0)
                {
                    after.insert(fresh.process);
                }
            }
            for (auto& each : old)
            {
                require_in_child(each.ask_who() == each.process, "old connections are served by the old process");
            }
            servers.send(SIGTERM);
            for (auto& each : all)
            {
                require_in_child(each.ask_who() == each.process, "all connections are served to their end");
            }
        });
        require_in_child(servers.wait() == 0, "ends when the connections have ended");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(those_that_do_not_end_are_killed)
{
    const auto result = run_in_child([] {
        int begun[2];
        require_in_child(::pipe(begun) == 0, "pipe");
        const auto stubborn = [&](prefork_worker) -> int {
            ::signal(SIGTERM, SIG_IGN);
            static_cast<void>(::write(begun[1], "x", 1));
            for (;;)
            {
                ::pause();
            }
        };
        char mark = 0;
        {
            const supervised servers(stubborn, {.processes = 2, .grace = 1ms});
            require_in_child(::read(begun[0], &mark, 1) == 1 && ::read(begun[0], &mark, 1) == 1, "both have begun");
            servers.send(SIGTERM);
            require_in_child(servers.wait() == 0, "by the end of the grace");
        }
        {
            const supervised servers(stubborn, {.processes = 2, .grace = 1h});
            require_in_child(::read(begun[0], &mark, 1) == 1 && ::read(begun[0], &mark, 1) == 1, "both have begun");
            servers.send(SIGINT);
            servers.send(SIGTERM);
            require_in_child(servers.wait() == 0, "by a second signal");
        }
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(workers_that_end_at_once_are_replaced_ever_more_slowly)
{
    const auto result = run_in_child([] {
        int begun[2];
        require_in_child(::pipe(begun) == 0, "pipe");
        const supervised servers(
            [&](prefork_worker self) -> int {
                const auto mark = static_cast<char>('0' + self.replacement);
                static_cast<void>(::write(begun[1], &mark, 1));
                throw std::runtime_error("bad configuration");
            },
            {.processes = 1, .restart_pause = 1ms, .longest_restart_pause = 8ms});
        std::string seen;
        const auto since = std::chrono::steady_clock::now();
        while (seen.size() < 6)
        {
            char mark = 0;
            require_in_child(::read(begun[0], &mark, 1) == 1, "read");
            seen += mark;
        }
        require_in_child(seen == "012345", "each knows how many were before");
        require_in_child(std::chrono::steady_clock::now() - since >= 1ms + 2ms + 4ms + 8ms + 8ms, "with pauses");
        servers.send(SIGTERM);
        require_in_child(servers.wait() == 0, "stopped");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
    BOOST_TEST(result.errors.find("bad configuration") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
