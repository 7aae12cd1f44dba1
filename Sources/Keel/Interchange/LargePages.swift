#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Asks the system to back a large new array with large pages, before it is first written.
///
/// A fresh array costs a page fault every 4 KiB, more time than reading a cached file into it; with
/// pages of 2 MiB most of that is gone. The request is a hint, and does nothing outside Linux.
func adviseLargePages(_ memory: UnsafeMutableRawPointer?, bytes: Int) {
  #if os(Linux)
    // Only whole pages can be advised; small arrays gain nothing.
    let page = 4096
    guard let memory, bytes >= 1 << 22 else { return }
    let offset = (page - Int(bitPattern: memory) % page) % page
    _ = madvise(memory + offset, (bytes - offset) / page * page, MADV_HUGEPAGE)
  #endif
}
