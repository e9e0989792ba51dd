// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "transport.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace weft::tls::detail
{

namespace
{

const void* caller() noexcept
{
    static const char some_thread = 0;
    const auto core = weft::detail::current_core();
    return core != nullptr ? static_cast<const void*>(core->current) : &some_thread;
}

/// Puts a flag back, also when the stream below throws.
class raised_flag
{
public:
    explicit raised_flag(bool& flag) noexcept : flag_(flag)
    {
        flag_ = true;
    }
    ~raised_flag()
    {
        flag_ = false;
    }
    raised_flag(const raised_flag&) = delete;
    raised_flag& operator=(const raised_flag&) = delete;

private:
    bool& flag_;
};

} // namespace

struct transport::outgoing
{
    bool is_reading = false;
    const void* refuses_input_to = nullptr;

    bool is_sending = false; // under the lock of the queue
    wait_queue waiting;
    std::vector<char> next;    ///< what comes after `current`
    std::vector<char> current; ///< is being sent and must not move
    std::size_t sent = 0;      ///< of `current`
};

transport::transport(weft::detail::byte_stream& below, const executor_type& executor)
    : below_(&below), executor_(executor), outgoing_(std::make_shared<outgoing>())
{
}

std::size_t transport::read(boost::asio::mutable_buffer into, error_code& error)
{
    error = {};
    if (outgoing_->is_reading || outgoing_->refuses_input_to == caller())
    {
        error = boost::asio::error::already_started;
        return 0;
    }
    const raised_flag reading(outgoing_->is_reading);
    return below_->read_some({&into, 1}, error);
}

void transport::append(boost::asio::const_buffer bytes)
{
    const auto begin = static_cast<const char*>(bytes.data());
    outgoing_->next.insert(outgoing_->next.end(), begin, begin + bytes.size());
}

/// Sends until nothing is left, one fiber at a time.
void transport::send(error_code& error)
{
    auto& out = *outgoing_;
    bool is_mine = false;
    const auto take_turn = [&] {
        is_mine = !out.is_sending;
        out.is_sending = true;
        return is_mine;
    };
    while (!is_mine)
    {
        error = to_error(out.waiting.wait_unless(take_turn, {}));
        if (error)
        {
            return;
        }
    }
    while (!error && (out.sent != out.current.size() || !out.next.empty()))
    {
        if (out.sent == out.current.size())
        {
            out.current.clear();
            out.sent = 0;
            out.current.swap(out.next);
        }
        const boost::asio::const_buffer rest(out.current.data() + out.sent, out.current.size() - out.sent);
        out.sent += below_->write_some({&rest, 1}, error);
    }
    out.waiting.notify_one([&out](bool) { out.is_sending = false; });
}

input_refusal::input_refusal(transport& which, bool wanted) : which_(which), former_(which.outgoing_->refuses_input_to)
{
    if (wanted)
    {
        which_.outgoing_->refuses_input_to = caller();
    }
}

input_refusal::~input_refusal()
{
    which_.outgoing_->refuses_input_to = former_;
}

} // namespace weft::tls::detail
