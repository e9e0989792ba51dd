// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/detail/recycled_signal.hpp>

#include <cstddef>

namespace weft::detail
{

/// Those of one thread that are not in use. Which thread gives one back does not matter.
class kept_signals
{
public:
    constexpr kept_signals() noexcept = default;
    kept_signals(const kept_signals&) = delete;
    kept_signals& operator=(const kept_signals&) = delete;
    ~kept_signals()
    {
        while (const auto one = take())
        {
            delete one;
        }
        count_ = most; // another thread-local object's end may still come here
    }

    recycled_signal::holder* take() noexcept
    {
        const auto first = first_;
        if (first != nullptr)
        {
            first_ = first->next;
            --count_;
        }
        return first;
    }

    bool keep(recycled_signal::holder& which) noexcept
    {
        if (count_ >= most)
        {
            return false;
        }
        which.next = std::exchange(first_, &which);
        ++count_;
        return true;
    }

private:
    static constexpr std::size_t most = 1024; // of about 100 bytes each

    recycled_signal::holder* first_ = nullptr;
    std::size_t count_ = 0;
};

namespace
{

thread_local constinit kept_signals kept;

/// In the place of a handler whose operation is over: that may hold on to something, its memory should stay.
struct nothing
{
    void operator()(boost::asio::cancellation_type) const noexcept {}
};

} // namespace

void recycled_signal::prepare()
{
    held_ = kept.take();
    if (held_ == nullptr)
    {
        held_ = new holder;
    }
}

void recycled_signal::give_back() noexcept
{
    auto slot = held_->signal.slot();
    if (slot.has_handler())
    {
        slot.emplace<nothing>();
    }
    if (!kept.keep(*held_))
    {
        delete held_;
    }
}

} // namespace weft::detail
