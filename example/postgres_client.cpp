// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// PostgreSQL by libpq, which knows nothing of fibers: its non-blocking calls, and a `weft::descriptor` on its socket for
// the waits between them. One thread has several queries under way, each in a fiber and on a connection of its own; a
// query that takes longer than its deadline is cancelled in the server, and its connection goes on.
//
//     postgres_client [connection string]     (without one libpq takes PGHOST and so on)

#include <weft/weft.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using boost::system::error_code;

namespace
{

struct deleter
{
    void operator()(PGconn* which) const noexcept
    {
        PQfinish(which);
    }
    void operator()(PGresult* which) const noexcept
    {
        PQclear(which);
    }
    void operator()(PGcancel* which) const noexcept
    {
        PQfreeCancel(which);
    }
};

using result = std::unique_ptr<PGresult, deleter>;

/// For one fiber at a time. Each call waits with the fiber. Errors: `runtime_error` with what the server says;
/// `system_error` with `timed_out` or `operation_aborted` for the wait.
class connection
{
public:
    /// Looking up a host's name blocks the thread: `hostaddr` does not.
    explicit connection(const std::string& parameters) : server_(PQconnectStart(parameters.c_str()))
    {
        require(server_ != nullptr && PQstatus(server_.get()) != CONNECTION_BAD);
        for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK; next = PQconnectPoll(server_.get()))
        {
            require(next != PGRES_POLLING_FAILED);
            // Each attempt may have a socket of its own.
            weft::descriptor(PQsocket(server_.get()))
                .wait(next == PGRES_POLLING_READING ? weft::descriptor::wait_read : weft::descriptor::wait_write);
        }
        require(PQsetnonblocking(server_.get(), 1) == 0);
    }

    result query(const char* text)
    {
        weft::descriptor ready(PQsocket(server_.get()));
        try
        {
            require(PQsendQuery(server_.get(), text) == 1);
            flush(ready);
            return read_results(ready);
        }
        catch (const boost::system::system_error&)
        {
            // In a fiber of its own, which does not have the deadline that may have come.
            const weft::cancellation_blocker clean_up;
            weft::fiber([&] {
                const weft::deadline limit(5s);
                cancel(ready);
            }).join();
            throw;
        }
    }

private:
    void require(bool is_good) const
    {
        if (!is_good)
        {
            throw std::runtime_error(server_ ? PQerrorMessage(server_.get()) : "no memory");
        }
    }

    void flush(weft::descriptor& ready)
    {
        // The server may want to be read before it takes more.
        for (int left = 0; (left = PQflush(server_.get())) != 0;)
        {
            require(left == 1);
            weft::select(weft::on_readable(ready, [](error_code) {}), weft::on_writable(ready, [](error_code) {}));
            require(PQconsumeInput(server_.get()) == 1);
        }
    }

    /// Up to the end of the query, and returns the last.
    result read_results(weft::descriptor& ready)
    {
        result last;
        std::string problem;
        for (;;)
        {
            while (PQisBusy(server_.get()) != 0)
            {
                ready.wait(weft::descriptor::wait_read);
                require(PQconsumeInput(server_.get()) == 1);
            }
            result next(PQgetResult(server_.get()));
            if (next == nullptr)
            {
                break;
            }
            if (PQresultStatus(next.get()) == PGRES_FATAL_ERROR)
            {
                problem = PQresultErrorField(next.get(), PG_DIAG_MESSAGE_PRIMARY);
            }
            last = std::move(next);
        }
        if (!problem.empty())
        {
            throw std::runtime_error(problem);
        }
        return last;
    }

    /// Has the server end the query, and reads what it still says. The request goes over a connection of its own, by a call
    /// that blocks.
    void cancel(weft::descriptor& ready)
    {
        const std::unique_ptr<PGcancel, deleter> handle(PQgetCancel(server_.get()));
        std::array<char, 256> why{};
        weft::blocking_call([&] { return PQcancel(handle.get(), why.data(), static_cast<int>(why.size())); });
        try
        {
            read_results(ready);
        }
        catch (const std::runtime_error&)
        {
            // That it was cancelled.
        }
    }

    std::unique_ptr<PGconn, deleter> server_;
};

void show_errors(connection& server)
{
    try
    {
        server.query("select 1/0");
    }
    catch (const std::runtime_error& error)
    {
        std::cout << "select 1/0: " << error.what() << '\n';
    }
    try
    {
        const weft::deadline limit(200ms);
        server.query("select pg_sleep(60)");
    }
    catch (const boost::system::system_error& error)
    {
        std::cout << "select pg_sleep(60): " << (error.code() == boost::asio::error::timed_out ? "timed out" : "?")
                  << '\n';
    }
    const auto after = server.query("select 'goes on'");
    std::cout << "the connection " << PQgetvalue(after.get(), 0, 0) << '\n';
}

void use(const std::string& parameters)
{
    const weft::deadline limit(30s);
    connection server(parameters);
    const auto large = server.query("select string_agg(n::text, ',') from generate_series(1, 200000) as n");
    std::cout << "a large value: " << PQgetlength(large.get(), 0, 0) << " bytes\n";

    // None of the queries ends before all of the connections are there.
    constexpr int together = 5;
    server.query("select pg_advisory_lock(1)");
    weft::latch waiting(together);
    weft::fiber_group others;
    int total = 0;
    for (int i = 1; i <= together; ++i)
    {
        others.spawn([&, i] {
            connection mine(parameters);
            waiting.count_down();
            const auto text = "select pg_advisory_lock_shared(1); select " + std::to_string(i) + " * 10";
            const auto got = mine.query(text.c_str());
            total += std::stoi(PQgetvalue(got.get(), 0, 0));
        });
    }
    waiting.wait();
    server.query("select pg_advisory_unlock(1)");
    others.join();
    std::cout << together << " queries at once: " << total << '\n';
    show_errors(server);
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        return weft::run([&] { use(argc > 1 ? argv[1] : ""); });
    }
    catch (const std::exception& error)
    {
        std::cerr << "postgres_client: " << error.what() << '\n';
        return 1;
    }
}
