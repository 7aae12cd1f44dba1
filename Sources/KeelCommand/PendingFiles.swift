import Foundation
import Synchronization

/// The files that a run writes: each appears under its name when the run has succeeded, and not at all if it
/// fails or is stopped.
///
/// Until then it has another name, in the same folder. What is no regular file, a device or a pipe, is
/// written to directly.
final class PendingFiles: Sendable {
  private struct File {
    let temporary: String
    let path: String
    let flag: String
  }

  private let files = Mutex<[File]>([])

  /// A place to write to instead of a path.
  ///
  /// - Throws: ``InputError`` if the path is a folder's, or that of another file of the run.
  func place(for path: String, flag: String) throws -> String {
    // Of the file itself, because a link would be replaced.
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    var status = stat()
    let exists = stat(url.path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR {
      throw InputError("'\(flag)': \(path) cannot be written: it is a folder.")
    }
    if exists, status.st_mode & S_IFMT != S_IFREG { return path }
    if exists, access(url.path, W_OK) != 0 {
      throw InputError("'\(flag)': \(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    return try files.withLock { files in
      if let other = files.first(where: { $0.path == url.path }) {
        throw InputError("'\(other.flag)' and '\(flag)' name the same file, \(path).")
      }
      // The suffix stays, because it decides about compression.
      let name = ".keel-\(ProcessInfo.processInfo.processIdentifier)-\(files.count)-\(url.lastPathComponent)"
      let temporary = url.deletingLastPathComponent().appendingPathComponent(name).path
      files.append(File(temporary: temporary, path: url.path, flag: flag))
      return temporary
    }
  }

  /// Gives the files their names. All of them must have been closed.
  ///
  /// - Throws: ``InputError`` for the first that cannot have its name.
  func commit() throws {
    try files.withLock { files in
      while let file = files.first {
        var status = stat()
        // Who may read and write the file that is replaced stays as it was.
        if stat(file.path, &status) == 0 { chmod(file.temporary, status.st_mode & 0o7777) }
        guard rename(file.temporary, file.path) == 0 else {
          throw InputError(
            "'\(file.flag)': \(file.path) cannot be written: \(String(cString: strerror(errno)))")
        }
        files.removeFirst()
      }
    }
  }

  /// Removes the files that have no name yet, and calls `body` before any other can get one.
  func discard(then body: () -> Void = {}) {
    files.withLock { files in
      for file in files { unlink(file.temporary) }
      files = []
      body()
    }
  }

  /// Watches for signals: one that asks the program to end discards the files before it does.
  func discardingOnSignal(_ meter: ProgressMeter?) -> SignalWatch {
    SignalWatch { [self] signal in
      meter?.finish()
      discard {
        Terminal.printError("keel: stopped; no file was written.")
        Foundation.exit(128 + signal)
      }
    }
  }
}
