// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_WEFT_HPP
#define WEFT_WEFT_HPP

// All of weft except `debug`.

#include <weft/context/borrowed_stack.hpp>
#include <weft/context/fiber_context.hpp>
#include <weft/context/generator.hpp>
#include <weft/context/guarded_stacks.hpp>
#include <weft/context/slab_stacks.hpp>
#include <weft/context/stack.hpp>
#include <weft/context/unguarded_heap_stacks.hpp>
#include <weft/fiber/attributes.hpp>
#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/clock.hpp>
#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/fiber_pool.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/fiber_storage.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/on_thread_stack.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/static_fiber_pool.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/io/acceptor.hpp>
#include <weft/io/any_stream.hpp>
#include <weft/io/await.hpp>
#include <weft/io/buffered_stream.hpp>
#include <weft/io/copy.hpp>
#include <weft/io/datagram_socket.hpp>
#include <weft/io/descriptor.hpp>
#include <weft/io/local.hpp>
#include <weft/io/pipe.hpp>
#include <weft/io/select_operation.hpp>
#include <weft/io/seqpacket_socket.hpp>
#include <weft/io/serve.hpp>
#include <weft/io/signal_set.hpp>
#include <weft/io/socket_activation.hpp>
#include <weft/io/stream.hpp>
#include <weft/io/stream_socket.hpp>
#include <weft/io/tcp.hpp>
#include <weft/io/tee.hpp>
#include <weft/io/udp.hpp>
#include <weft/io/use_fiber.hpp>
#include <weft/log/log.hpp>
#include <weft/log/logger.hpp>
#include <weft/sync/async.hpp>
#include <weft/sync/barrier.hpp>
#include <weft/sync/blocking_queue.hpp>
#include <weft/sync/blocking_stack.hpp>
#include <weft/sync/buffered_channel.hpp>
#include <weft/sync/call_once.hpp>
#include <weft/sync/channel.hpp>
#include <weft/sync/channel_op_status.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/future.hpp>
#include <weft/sync/gate.hpp>
#include <weft/sync/latch.hpp>
#include <weft/sync/local_mutex.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/packaged_task.hpp>
#include <weft/sync/promise.hpp>
#include <weft/sync/recursive_mutex.hpp>
#include <weft/sync/resource_pool.hpp>
#include <weft/sync/select.hpp>
#include <weft/sync/semaphore.hpp>
#include <weft/sync/shared_future.hpp>
#include <weft/sync/shared_mutex.hpp>
#include <weft/sync/unbuffered_channel.hpp>
#include <weft/sync/wait_all.hpp>
#include <weft/sync/wait_any.hpp>
#include <weft/version.hpp>

#endif
