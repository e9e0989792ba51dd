// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SYNC_QUEUE_KINDS_HPP
#define WEFT_TEST_SYNC_QUEUE_KINDS_HPP

#include <weft/sync/blocking_queue.hpp>
#include <weft/sync/blocking_stack.hpp>
#include <weft/sync/channel.hpp>

#include <cstddef>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace weft::test
{

// Each kind of queue with its capacity: `typename Kind::template of<T>` can be made without arguments.

template <template <class> class Queue, std::size_t Capacity>
struct of_capacity
{
    static constexpr std::size_t capacity = Capacity;
    template <class T>
    struct of : Queue<T>
    {
        of() : Queue<T>(capacity) {}
    };
};

template <template <class> class Queue, std::size_t Capacity>
struct of_itself
{
    static constexpr std::size_t capacity = Capacity;
    template <class T>
    using of = Queue<T>;
};

inline constexpr auto no_bound = ~std::size_t{};

struct bounded_queue : of_capacity<blocking_queue, 2>
{};
struct unbounded_queue : of_itself<blocking_queue, no_bound>
{};
struct bounded_stack : of_capacity<blocking_stack, 2>
{};
struct unbounded_stack : of_itself<blocking_stack, no_bound>
{};
struct buffering_channel : of_capacity<channel, 1>
{};
struct rendezvous : of_itself<channel, 0>
{};

using all_queues =
    std::tuple<bounded_queue, unbounded_queue, bounded_stack, unbounded_stack, buffering_channel, rendezvous>;
using queues_that_hold = std::tuple<bounded_queue, unbounded_queue, bounded_stack, unbounded_stack, buffering_channel>;
using queues_that_fill = std::tuple<bounded_queue, bounded_stack, buffering_channel, rendezvous>;

template <class Kind, class T>
using queue_of = typename Kind::template of<T>;

/// Pushes numbers from 0 until there is no room.
template <class Queue>
int fill(Queue& queue)
{
    int count = 0;
    while (queue.try_push(count))
    {
        ++count;
    }
    return count;
}

/// Moves count, and throw when told to. What is there is counted, so that nothing is lost or doubled unseen.
class delicate
{
public:
    static inline int alive = 0; ///< with a value
    static inline int moves = 0;
    static inline int fail_in = 0; ///< the n-th move from now on throws; 0: none

    explicit delicate(int number) : value(number)
    {
        ++alive;
    }
    delicate(delicate&& other) : value(other.value)
    {
        ++moves;
        if (fail_in > 0 && --fail_in == 0)
        {
            throw std::runtime_error("a move has failed");
        }
        other.value = gone;
    }
    delicate& operator=(delicate&&) = delete;
    ~delicate()
    {
        alive -= value != gone ? 1 : 0;
    }

    static constexpr int gone = -1;
    int value;
};

} // namespace weft::test

#endif
