// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_RECYCLED_SIGNAL_HPP
#define WEFT_IO_DETAIL_RECYCLED_SIGNAL_HPP

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <utility>

namespace weft::detail
{

/// A cancellation signal for one operation, with the memory of an earlier one's handler. Asio itself keeps two such pieces
/// for a thread, which a hundred operations that wait at the same time do not get by with.
class recycled_signal
{
public:
    recycled_signal() noexcept = default;
    recycled_signal(const recycled_signal&) = delete;
    recycled_signal& operator=(const recycled_signal&) = delete;
    ~recycled_signal()
    {
        if (held_ != nullptr)
        {
            give_back();
        }
    }

    /// Once, before anything else. Errors: `std::bad_alloc`.
    void prepare();

    boost::asio::cancellation_slot slot() noexcept
    {
        return held_->signal.slot();
    }
    void emit(boost::asio::cancellation_type type)
    {
        held_->signal.emit(type);
    }

private:
    friend class kept_signals;
    struct holder
    {
        boost::asio::cancellation_signal signal;
        holder* next = nullptr;
    };

    void give_back() noexcept;

    holder* held_ = nullptr;
};

} // namespace weft::detail

#endif
