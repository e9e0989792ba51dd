// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/blocking_call.hpp>
#include <weft/io/filesystem.hpp>

#include <boost/system/system_error.hpp>

#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::filesystem
{
namespace
{

// One category for all errors of the system, whoever reports them.
error_code to_boost(const std::error_code& error)
{
    if (error.category() == std::generic_category() || error.category() == std::system_category())
    {
        return {error.value(), boost::system::system_category()};
    }
    return error;
}

/// Calls `function(std::error_code&)` on a thread of the pool.
template <class F>
auto in_pool(error_code& error, F function)
{
    using result = std::invoke_result_t<F, std::error_code&>;
    std::error_code of_call;
    try
    {
        if constexpr (std::is_void_v<result>)
        {
            blocking_call([&] { function(of_call); });
            error = to_boost(of_call);
        }
        else
        {
            auto value = blocking_call([&] { return function(of_call); });
            error = to_boost(of_call);
            return value;
        }
    }
    catch (const boost::system::system_error& not_begun)
    {
        error = not_begun.code();
        if constexpr (!std::is_void_v<result>)
        {
            return result();
        }
    }
}

/// Calls `function(error_code&)` and throws what that says.
template <class F>
auto or_throw(const char* what, const path& where, F function)
{
    error_code error;
    const auto check = [&] {
        if (error)
        {
            throw boost::system::system_error(error, what + (" \"" + where.string() + '"'));
        }
    };
    if constexpr (std::is_void_v<std::invoke_result_t<F, error_code&>>)
    {
        function(error);
        check();
    }
    else
    {
        auto value = function(error);
        check();
        return value;
    }
}

} // namespace

file_status status(const path& where, error_code& error)
{
    const auto found = in_pool(error, [&](std::error_code& of_call) {
        const auto type = std::filesystem::status(where, of_call);
        if (type.type() == file_type::not_found)
        {
            of_call.clear();
        }
        return type;
    });
    return found;
}
file_status status(const path& where)
{
    return or_throw("status", where, [&](error_code& error) { return status(where, error); });
}

bool exists(const path& where, error_code& error)
{
    return std::filesystem::exists(filesystem::status(where, error));
}
bool exists(const path& where)
{
    return std::filesystem::exists(filesystem::status(where));
}

std::uintmax_t file_size(const path& where, error_code& error)
{
    return in_pool(error, [&](std::error_code& of_call) { return std::filesystem::file_size(where, of_call); });
}
std::uintmax_t file_size(const path& where)
{
    return or_throw("file_size", where, [&](error_code& error) { return file_size(where, error); });
}

void rename(const path& from, const path& to, error_code& error)
{
    in_pool(error, [&](std::error_code& of_call) { std::filesystem::rename(from, to, of_call); });
}
void rename(const path& from, const path& to)
{
    or_throw("rename", from, [&](error_code& error) { rename(from, to, error); });
}

void copy(const path& from, const path& to, copy_options how, error_code& error)
{
    in_pool(error, [&](std::error_code& of_call) { std::filesystem::copy(from, to, how, of_call); });
}
void copy(const path& from, const path& to, copy_options how)
{
    or_throw("copy", from, [&](error_code& error) { copy(from, to, how, error); });
}

bool remove(const path& where, error_code& error)
{
    return in_pool(error, [&](std::error_code& of_call) { return std::filesystem::remove(where, of_call); });
}
bool remove(const path& where)
{
    return or_throw("remove", where, [&](error_code& error) { return remove(where, error); });
}

std::uintmax_t remove_all(const path& where, error_code& error)
{
    return in_pool(error, [&](std::error_code& of_call) { return std::filesystem::remove_all(where, of_call); });
}
std::uintmax_t remove_all(const path& where)
{
    return or_throw("remove_all", where, [&](error_code& error) { return remove_all(where, error); });
}

bool create_directory(const path& where, error_code& error)
{
    return in_pool(error, [&](std::error_code& of_call) { return std::filesystem::create_directory(where, of_call); });
}
bool create_directory(const path& where)
{
    return or_throw("create_directory", where, [&](error_code& error) { return create_directory(where, error); });
}

bool create_directories(const path& where, error_code& error)
{
    return in_pool(error,
                   [&](std::error_code& of_call) { return std::filesystem::create_directories(where, of_call); });
}
bool create_directories(const path& where)
{
    return or_throw("create_directories", where, [&](error_code& error) { return create_directories(where, error); });
}

// ── directories ─────────────────────────────────────────────────────────────────────────────────────────────────────

namespace detail
{
namespace
{

constexpr std::size_t entries_at_once = 128;

int depth_of(const std::filesystem::directory_iterator&)
{
    return 0;
}
int depth_of(const std::filesystem::recursive_directory_iterator& place)
{
    return place.depth();
}

template <class Iterator>
class walk_with final : public directory_walk
{
public:
    const directory_entry* entry() const noexcept override
    {
        return next_ < read_.size() ? &read_[next_].first : nullptr;
    }
    int depth() const noexcept override
    {
        return read_[next_].second;
    }

    void begin(const path& where, directory_options how, error_code& error)
    {
        in_pool(error, [&](std::error_code& of_call) {
            place_ = Iterator(where, how, of_call);
            if (!of_call)
            {
                read_on();
            }
        });
    }

    void next(error_code& error) override
    {
        error = {};
        ++next_;
        if (next_ < read_.size())
        {
            return;
        }
        if (failure_)
        {
            error = to_boost(failure_);
            return;
        }
        if (place_ != Iterator())
        {
            in_pool(error, [this](std::error_code&) { read_on(); });
            if (!error && read_.empty())
            {
                error = to_boost(failure_);
            }
        }
    }

private:
    /// An error is for whoever comes to its place.
    void read_on()
    {
        read_.clear();
        next_ = 0;
        while (place_ != Iterator() && read_.size() < entries_at_once && !failure_)
        {
            read_.emplace_back(*place_, depth_of(place_));
            place_.increment(failure_);
        }
    }

    Iterator place_;
    std::vector<std::pair<directory_entry, int>> read_;
    std::size_t next_ = 0;
    std::error_code failure_;
};

template <class Iterator>
std::shared_ptr<directory_walk> open_with(const path& where, directory_options how, error_code& error)
{
    auto walk = std::make_shared<walk_with<Iterator>>();
    walk->begin(where, how, error);
    return error ? nullptr : walk;
}

} // namespace

std::shared_ptr<directory_walk> directory_walk::open(const path& where, directory_options how, walk_kind kind,
                                                     error_code& error)
{
    return kind == walk_kind::recursive ? open_with<std::filesystem::recursive_directory_iterator>(where, how, error)
                                        : open_with<std::filesystem::directory_iterator>(where, how, error);
}

void throw_walk_error(const error_code& error, const path& where)
{
    or_throw("directory_iterator", where, [&](error_code& found) { found = error; });
}

} // namespace detail

} // namespace weft::filesystem
