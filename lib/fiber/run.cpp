// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/run.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace weft::detail
{

void run_first(const void* site, const run_options& options, void (*call)(void* what), void* what)
{
    // Fibers that are unwound with the io_context still write to these.
    bool has_returned = false;
    std::exception_ptr error;
    boost::asio::io_context io(1);
    auto self = scheduler::of(io);
    self.use_clock(options.clock);
    self.use_stacks(options.stacks);
    self.use_slices(options.slices);
    spawn_at(
        site, io, &options.main,
        [&has_returned, &error, call, what] {
            try
            {
                call(what);
                has_returned = true;
            }
            catch (const tear_down_unwind&)
            {
                throw;
            }
            catch (...)
            {
                error = std::current_exception();
                scheduler::current().cancel_all();
            }
        },
        boost::asio::detached);
    io.run();
    if (error)
    {
        std::rethrow_exception(error);
    }
    if (!has_returned)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft::run: the io_context was stopped before the function had ended");
    }
}

} // namespace weft::detail
