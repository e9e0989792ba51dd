// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_HAZARD_SUSPENDED_FIBERS_HPP
#define WEFT_TEST_HAZARD_SUSPENDED_FIBERS_HPP

#include "io/support_io.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weft::test
{

/// What the fibers of one case share. It lives longer than the io_context.
struct waiting_room
{
    int alive = 0; // witnesses
    manual_reset_event event;
    auto_reset_event auto_event;
    mutex lock;
    timed_mutex timed_lock;
    condition_variable condition;
    waker kept_waker;
};

/// Counts itself: in a frame it shows whether that was unwound, in a capture whether the function was destroyed.
class witness
{
public:
    explicit witness(waiting_room& room) noexcept : room_(&room)
    {
        ++room.alive;
    }
    witness(const witness& other) noexcept : witness(*other.room_) {}
    witness& operator=(const witness&) = delete;
    ~witness()
    {
        --room_->alive;
    }

private:
    waiting_room* room_;
};

/// One way to wait.
struct way_to_wait
{
    const char* name;
    void (*wait)(waiting_room&);
};

// Each waits for something that does not happen.
inline const std::vector<way_to_wait> ways_to_wait{
    {"manual_reset_event", [](waiting_room& room) { room.event.wait(); }},
    {"auto_reset_event with a limit", [](waiting_room& room) { room.auto_event.wait_for(std::chrono::hours(1)); }},
    {"mutex",
     [](waiting_room& room) {
         const std::lock_guard held(room.lock);
         fiber second([&] { const std::lock_guard never(room.lock); });
         const witness local(room);
         try
         {
             room.event.wait();
         }
         catch (...)
         {
             second.detach();
             throw;
         }
     }},
    {"timed_mutex",
     [](waiting_room& room) {
         room.timed_lock.lock();
         jfiber second([&] { room.timed_lock.try_lock_for(std::chrono::hours(1)); });
         second.join();
     }},
    {"condition_variable",
     [](waiting_room& room) {
         std::unique_lock lock(room.lock);
         room.condition.wait(lock);
     }},
    {"sleep", [](waiting_room&) { this_fiber::sleep_for(std::chrono::hours(1)); }},
    {"suspend", [](waiting_room& room) { this_fiber::suspend([&](waker mine) { room.kept_waker = mine; }); }},
    {"join",
     [](waiting_room& room) {
         fiber child([&] {
             const witness local(room);
             room.event.wait();
         });
         child.join();
     }},
    {"jfiber's destructor",
     [](waiting_room& room) {
         const jfiber child([&] {
             const witness local(room);
             const cancellation_blocker stubborn;
             room.event.wait();
         });
         this_fiber::yield();
     }},
    {"timer",
     [](waiting_room&) { boost::asio::steady_timer(this_executor(), std::chrono::hours(1)).async_wait(use_fiber); }},
    {"timer with a deadline",
     [](waiting_room&) {
         const deadline limit(std::chrono::minutes(1));
         boost::asio::steady_timer(this_executor(), std::chrono::hours(1)).async_wait(use_fiber);
     }},
    {"timer in a blocker",
     [](waiting_room&) {
         const cancellation_blocker last_words;
         boost::asio::steady_timer(this_executor(), std::chrono::hours(1)).async_wait(use_fiber);
     }},
    {"timer whose cancellation is under way",
     [](waiting_room& room) {
         fiber child([&] {
             const witness local(room);
             boost::asio::steady_timer(this_executor(), std::chrono::hours(1)).async_wait(use_fiber);
         });
         this_fiber::yield();
         child.cancel();
         child.detach();
         room.event.wait();
     }},
    {"accept", [](waiting_room&) { tcp::acceptor(loopback()).accept(); }},
    {"connect",
     [](waiting_room&) {
         const crowded_listener nobody_accepts(this_executor());
         tcp::socket().connect(nobody_accepts.where());
     }},
    {"socket read_some",
     [](waiting_room&) {
         auto ends = make_connection();
         std::array<char, 8> data{};
         ends.client.read_some(boost::asio::buffer(data));
     }},
    {"socket write",
     [](waiting_room&) {
         auto ends = make_connection(this_executor(), 4096);
         const std::vector<char> much(std::size_t{1} << 20U);
         ends.client.write(boost::asio::buffer(much));
     }},
    {"socket wait", [](waiting_room&) { make_connection().client.wait(boost::asio::socket_base::wait_read); }},
    {"asio::read_until on the socket",
     [](waiting_room&) {
         auto ends = make_connection();
         ends.server.write(boost::asio::buffer("no end of line", 14));
         std::string data;
         boost::asio::read_until(ends.client, boost::asio::dynamic_buffer(data), '\n');
     }},
    {"composed operation",
     [](waiting_room&) {
         auto ends = make_connection();
         ends.server.write(boost::asio::buffer("some", 4));
         std::array<char, 8> data{};
         boost::asio::async_read(ends.client.next_layer(), boost::asio::buffer(data), use_fiber);
     }},
    {"two fibers on one socket",
     [](waiting_room& room) {
         auto ends = make_connection(this_executor(), 4096);
         jfiber writer([&] {
             const witness local(room);
             const std::vector<char> much(std::size_t{1} << 20U);
             ends.client.write(boost::asio::buffer(much));
         });
         std::array<char, 8> data{};
         ends.client.read_some(boost::asio::buffer(data));
     }},
    {"child that was never started",
     [](waiting_room& room) {
         const auto deferred = std::make_unique<fiber>(launch::deferred, [captured = witness(room)] {});
         try
         {
             room.event.wait();
         }
         catch (...)
         {
             deferred->detach();
             throw;
         }
     }},
    {"children that are ready",
     [](waiting_room& room) {
         for (int i = 0; i < 3; ++i)
         {
             fiber([captured = witness(room), &room] {
                 const witness local(room);
                 for (;;)
                 {
                     this_fiber::yield();
                 }
             }).detach();
         }
         room.event.wait();
     }},
};

} // namespace weft::test

#endif
