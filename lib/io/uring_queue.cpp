// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The one file that talks to io_uring. Empty where it is not built in.

#if defined(WEFT_WITH_IO_URING)

#include "uring_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::detail
{
namespace
{

int enter(int ring, unsigned requests, unsigned completions, unsigned flags) noexcept
{
    return static_cast<int>(::syscall(SYS_io_uring_enter, ring, requests, completions, flags, nullptr, 0));
}

template <class T>
T* at(void* base, std::size_t offset) noexcept
{
    return reinterpret_cast<T*>(static_cast<std::byte*>(base) + offset);
}

} // namespace

bool uring_queue::open(unsigned entries, int event) noexcept
{
    io_uring_params layout{};
    descriptor_ = static_cast<int>(::syscall(SYS_io_uring_setup, entries, &layout));
    if (descriptor_ < 0)
    {
        return false;
    }
    constexpr unsigned needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE;
    if ((layout.features & needed) == needed && map(layout) &&
        ::syscall(SYS_io_uring_register, descriptor_, IORING_REGISTER_EVENTFD, &event, 1) == 0)
    {
        return true;
    }
    close();
    return false;
}

bool uring_queue::map(const io_uring_params& layout) noexcept
{
    const auto map_part = [this](std::size_t size, off_t which) {
        const auto where = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor_, which);
        return where != MAP_FAILED ? where : nullptr;
    };
    rings_size_ = std::max(layout.sq_off.array + layout.sq_entries * sizeof(unsigned),
                           layout.cq_off.cqes + layout.cq_entries * sizeof(io_uring_cqe));
    rings_ = map_part(rings_size_, IORING_OFF_SQ_RING);
    requests_size_ = layout.sq_entries * sizeof(io_uring_sqe);
    requests_ = static_cast<io_uring_sqe*>(map_part(requests_size_, IORING_OFF_SQES));
    if (rings_ == nullptr || requests_ == nullptr)
    {
        return false;
    }
    request_tail_ = at<unsigned>(rings_, layout.sq_off.tail);
    request_places_ = at<unsigned>(rings_, layout.sq_off.array);
    request_mask_ = *at<unsigned>(rings_, layout.sq_off.ring_mask);
    completion_head_ = at<unsigned>(rings_, layout.cq_off.head);
    completion_tail_ = at<unsigned>(rings_, layout.cq_off.tail);
    completion_mask_ = *at<unsigned>(rings_, layout.cq_off.ring_mask);
    completions_ = at<io_uring_cqe>(rings_, layout.cq_off.cqes);
    return true;
}

void uring_queue::close() noexcept
{
    if (requests_ != nullptr)
    {
        ::munmap(requests_, requests_size_);
        requests_ = nullptr;
    }
    if (rings_ != nullptr)
    {
        ::munmap(rings_, rings_size_);
        rings_ = nullptr;
    }
    if (descriptor_ >= 0)
    {
        ::close(std::exchange(descriptor_, -1));
    }
}

bool uring_queue::submit(const io_uring_sqe& request) noexcept
{
    // Each request is handed over at once: the queue is always empty here, and the kernel looks only while it is asked.
    std::atomic_ref<unsigned> tail(*request_tail_);
    const auto place = tail.load(std::memory_order_relaxed);
    requests_[place & request_mask_] = request;
    request_places_[place & request_mask_] = place & request_mask_;
    tail.store(place + 1, std::memory_order_release);
    int taken = 0;
    do
    {
        taken = enter(descriptor_, 1, 0, 0);
    } while (taken < 0 && errno == EINTR);
    if (taken == 1)
    {
        return true;
    }
    tail.store(place, std::memory_order_release);
    return false;
}

void uring_queue::wait() noexcept
{
    enter(descriptor_, 0, 1, IORING_ENTER_GETEVENTS);
}

} // namespace weft::detail

#endif
