// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_SCHEDULER_SERVICE_HPP
#define WEFT_LIB_FIBER_SCHEDULER_SERVICE_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <mutex>
#include <vector>

namespace weft::detail
{

class scheduler_core;

/// Knows the schedulers of one execution context: the context's own one, and those made on other executors of it. When
/// the context goes away it sees to it that their fibers are unwound.
class scheduler_service : public boost::asio::execution_context::service
{
public:
    static boost::asio::execution_context::id id;

    explicit scheduler_service(boost::asio::execution_context& context);
    ~scheduler_service() override;

    /// The context's own scheduler, made at the first call.
    scheduler_core& own(const boost::asio::any_io_executor& executor);

    void enter(scheduler_core& core);
    void leave(scheduler_core& core) noexcept;

private:
    void shutdown() override;

    std::mutex mutex_;
    scheduler_core* own_ = nullptr;        // guarded by mutex_
    std::vector<scheduler_core*> entered_; // guarded by mutex_
};

} // namespace weft::detail

#endif
