// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_FILESYSTEM_HPP
#define WEFT_IO_FILESYSTEM_HPP

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>

/// Functions of `std::filesystem`, under their names and with their meanings, run on a thread of the process's
/// `blocking_pool` while the fiber waits.
///
/// Each has two forms: one fills an `error_code`, the other throws `boost::system::system_error` with the path in its text.
///
/// Blocks: the fiber, or the thread outside of fibers.
/// Cancellation: as for `blocking_call`: `operation_aborted` while no thread has begun it; else it is done to its end.
/// Errors: those of the system, and of `blocking_call`.
namespace weft::filesystem
{

using boost::system::error_code;
using std::filesystem::copy_options;
using std::filesystem::directory_entry;
using std::filesystem::directory_options;
using std::filesystem::file_status;
using std::filesystem::file_type;
using std::filesystem::path;
using std::filesystem::perms;

/// A file that is not there is a type, not an error.
file_status status(const path& where, error_code& error);
file_status status(const path& where);
/// As `std::filesystem`'s.
bool exists(const path& where, error_code& error);
bool exists(const path& where);
/// As `std::filesystem`'s, in bytes.
std::uintmax_t file_size(const path& where, error_code& error);
std::uintmax_t file_size(const path& where);

/// Moves it, within one file system; what was at `to` is replaced.
void rename(const path& from, const path& to, error_code& error);
void rename(const path& from, const path& to);
/// As `std::filesystem`'s. What was copied before an error stays.
void copy(const path& from, const path& to, copy_options how, error_code& error);
void copy(const path& from, const path& to, copy_options how = copy_options::none);

/// False if there was nothing.
bool remove(const path& where, error_code& error);
bool remove(const path& where);
/// With all that is in it. Returns how many there were.
std::uintmax_t remove_all(const path& where, error_code& error);
std::uintmax_t remove_all(const path& where);

/// False if it was there already.
bool create_directory(const path& where, error_code& error);
bool create_directory(const path& where);
/// With those that lead to it. False if it was there already.
bool create_directories(const path& where, error_code& error);
bool create_directories(const path& where);

namespace detail
{

enum class walk_kind
{
    one_directory,
    recursive
};

/// Reads entries by the hundred, so that few of them cost a visit to the pool.
class directory_walk
{
public:
    virtual ~directory_walk() = default;
    virtual const directory_entry* entry() const noexcept = 0; ///< null at the end
    virtual int depth() const noexcept = 0;
    virtual void next(error_code& error) = 0;

    static std::shared_ptr<directory_walk> open(const path& where, directory_options how, walk_kind kind,
                                                error_code& error);
};

void throw_walk_error(const error_code& error, const path& where);

} // namespace detail

/// An input iterator over the entries of a directory, in no order; a range of itself. Entries that come or go meanwhile
/// may be met or not. Copies go on together. With `walk_kind::recursive`, directories in it are entered.
template <detail::walk_kind Kind>
class basic_directory_iterator
{
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = directory_entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const directory_entry*;
    using reference = const directory_entry&;

    /// The end.
    basic_directory_iterator() noexcept = default;
    explicit basic_directory_iterator(const path& where, directory_options how = directory_options::none)
    {
        error_code error;
        walk_ = detail::directory_walk::open(where, how, Kind, error);
        detail::throw_walk_error(error, where);
    }
    basic_directory_iterator(const path& where, directory_options how, error_code& error)
        : walk_(detail::directory_walk::open(where, how, Kind, error))
    {
    }
    basic_directory_iterator(const path& where, error_code& error)
        : basic_directory_iterator(where, directory_options::none, error)
    {
    }

    reference operator*() const noexcept
    {
        return *walk_->entry();
    }
    pointer operator->() const noexcept
    {
        return walk_->entry();
    }

    /// 0 for entries of the directory that the walk began with.
    int depth() const noexcept
    {
        return walk_->depth();
    }

    /// The walk has ended after an error.
    basic_directory_iterator& increment(error_code& error)
    {
        walk_->next(error);
        if (error || walk_->entry() == nullptr)
        {
            walk_ = nullptr;
        }
        return *this;
    }
    /// To the next entry.
    basic_directory_iterator& operator++()
    {
        const auto where = (*this)->path();
        error_code error;
        increment(error);
        detail::throw_walk_error(error, where);
        return *this;
    }
    void operator++(int)
    {
        ++*this;
    }

    friend bool operator==(const basic_directory_iterator& left, const basic_directory_iterator& right) noexcept
    {
        return left.is_end() == right.is_end() && (left.is_end() || left.walk_ == right.walk_);
    }

    friend basic_directory_iterator begin(basic_directory_iterator from) noexcept
    {
        return from;
    }
    friend basic_directory_iterator end(const basic_directory_iterator&) noexcept
    {
        return {};
    }

private:
    bool is_end() const noexcept
    {
        return walk_ == nullptr || walk_->entry() == nullptr;
    }

    std::shared_ptr<detail::directory_walk> walk_;
};

/// The entries of one directory.
using directory_iterator = basic_directory_iterator<detail::walk_kind::one_directory>;
/// The same, and those of the directories in it.
using recursive_directory_iterator = basic_directory_iterator<detail::walk_kind::recursive>;

} // namespace weft::filesystem

#endif
