import Foundation
import Synchronization

/// The file of a sweep: rows are appended as they are found, so that a run that is stopped at any moment
/// loses no finished row, and the next one continues it.
///
/// The first line is a comment that defines the sweep, the second names the columns. A row goes to the
/// system in one write. A run that was killed leaves at most one incomplete row, at the end; it is cut off.
/// When all rows are there they are put in order, in a second file that then takes the place of the
/// first: an interrupted and a straight run end with the same bytes.
///
/// The file is locked while it is open.
final class SweepFile: Sendable {
  /// The sweep's rows that the file holds.
  private struct Contents {
    /// For each index of the sweep, whether the file has its row.
    var isPresent: [Bool]
    /// Whether the rows so far are in order.
    var isOrdered = true
    var lastIndex = -1
    /// Set by a failed write, after which the end of the file is unknown.
    var isBroken = false
  }

  private let path: String
  private let descriptor: Int32
  private let table: SweepTable
  private let head: String
  private let contents: Mutex<Contents>
  /// The indices that the file lacked when it was opened, in order.
  let missing: [Int]

  /// Opens a file, or creates it.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - table: how the sweep is written.
  ///   - version: the version of the program, whose results may differ from those of others.
  ///   - found: called with the index and the winners of each row that the file has.
  /// - Throws: ``InputError`` if the file cannot be opened, is in use, or holds something else.
  init(
    _ path: String, table: SweepTable, version: String, found: (SweepTable.Row) -> Void
  ) throws {
    // The place of the file itself, because a link would be replaced at the end.
    self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    self.table = table
    head = Self.definition(table, version: version) + "\n" + SweepTable.header + "\n"
    descriptor = try Self.openLocked(self.path)
    var contents = Contents(isPresent: Array(repeating: false, count: table.sweep.count))
    do {
      try Self.load(descriptor, path: self.path, table: table, head: head) { row in
        if !contents.isPresent[row.index] {
          contents.isPresent[row.index] = true
          found(row)
        } else {
          // A repeated row is dropped when the rows are put in order.
          contents.isOrdered = false
        }
        contents.isOrdered = contents.isOrdered && row.index > contents.lastIndex
        contents.lastIndex = row.index
      }
    } catch {
      close(descriptor)
      throw error
    }
    missing = contents.isPresent.indices.filter { !contents.isPresent[$0] }
    self.contents = Mutex(contents)
  }

  deinit { close(descriptor) }

  /// Appends the row of an index, line break included.
  ///
  /// - Throws: ``InputError`` if it cannot be written; then no later row can be either.
  func append(_ row: String, index: Int) throws {
    try contents.withLock { contents in
      guard !contents.isBroken else { throw Self.unwritable(path, "an earlier row is incomplete") }
      contents.isBroken = true
      try Self.write(row, to: descriptor, path: path)
      contents.isBroken = false
      contents.isPresent[index] = true
      contents.isOrdered = contents.isOrdered && index > contents.lastIndex
      contents.lastIndex = index
    }
  }

  /// The number of rows that the file has now, with no row half written while `body` runs.
  func whileStanding<Result>(_ body: (_ count: Int) -> Result) -> Result {
    contents.withLock { contents in body(contents.isPresent.count { $0 }) }
  }

  /// Puts the rows in order and everything on the disk.
  ///
  /// - Throws: ``InputError`` if that fails.
  func finish() throws {
    if !contents.withLock({ $0.isOrdered }) { try sort() }
    guard fsync(descriptor) == 0 else { throw Self.unwritable(path, Self.systemReason) }
  }

  // MARK: - Reading

  private static func definition(_ table: SweepTable, version: String) -> String {
    "# keel \(version): transfer sweep " + table.flags.map { "\($0.name) \($0.value)" }.joined(separator: " ")
  }

  private static func load(
    _ descriptor: Int32, path: String, table: SweepTable, head: String, row: (SweepTable.Row) -> Void
  ) throws {
    let bytes = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd() ?? Data()
    let text = String(decoding: bytes, as: UTF8.self)
    guard !head.hasPrefix(text) || text == head else {
      // Empty, or stopped within the first lines.
      try truncate(descriptor, to: 0, path: path)
      return try write(head, to: descriptor, path: path)
    }
    guard text.hasPrefix(head) else { throw mismatch(text, head: head, path: path) }
    var rest = text.utf8.dropFirst(head.utf8.count)
    var line = 2
    var size = head.utf8.count
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      line += 1
      guard let read = table.read(Substring(rest[..<end])) else {
        throw InputError("'--output': line \(line) of \(path) is no row of this sweep.")
      }
      row(read)
      size += rest[...end].count
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { try truncate(descriptor, to: size, path: path) }
  }

  /// Why a file does not begin as this sweep's does.
  private static func mismatch(_ text: String, head: String, path: String) -> InputError {
    let start = "# keel "
    // A carriage return and a line feed are one character.
    guard text.hasPrefix(start), let found = text.split(whereSeparator: \.isNewline).first,
      let wanted = head.split(separator: "\n").first, found.contains(": transfer sweep ")
    else { return InputError("'--output': \(path) exists and is no file of a sweep.") }
    guard found != wanted || !text.contains("\r\n") else {
      return InputError("'--output': \(path) has lines that end in CR LF; those of a sweep end in LF.")
    }
    func short(_ word: Substring) -> String {
      // The file may hold anything, also what would move the cursor of a terminal.
      let plain = word.filter { !$0.unicodeScalars.contains { $0.properties.generalCategory == .control } }
      return plain.count > 60 ? "\(plain.prefix(57))..." : plain
    }
    let (foundWords, wantedWords) = (found.split(separator: " "), wanted.split(separator: " "))
    let places = wantedWords.indices.filter { $0 >= foundWords.count || foundWords[$0] != wantedWords[$0] }
    guard let place = places.first, place < foundWords.count else {
      return InputError("'--output': \(path) is of another sweep.")
    }
    if place == 2 {
      return InputError(
        "'--output': \(path) was begun by version \(short(foundWords[2].dropLast())) of keel, this is "
          + "\(wantedWords[2].dropLast()): their numbers may differ.")
    }
    return InputError(
      "'--output': \(path) is of another sweep: its \(wantedWords[place - 1]) is "
        + "\(short(foundWords[place])), not \(short(wantedWords[place])).")
  }

  // MARK: - Writing

  private func sort() throws {
    let other = path + ".sorting"
    let output = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard output >= 0 else { throw Self.unwritable(other, Self.systemReason) }
    defer { close(output) }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    var rows = [Range<Int>?](repeating: nil, count: table.sweep.count)
    var start = head.utf8.count
    while start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if let row = table.read(Substring(String(decoding: bytes[start..<end], as: UTF8.self))),
        rows[row.index] == nil
      {
        rows[row.index] = start..<end + 1
      }
      start = end + 1
    }
    var block = Data(head.utf8)
    for case let row? in rows {
      block += bytes[row]
      if block.count >= 1 << 16 {
        try Self.write(block, to: output, path: other)
        block.removeAll(keepingCapacity: true)
      }
    }
    try Self.write(block, to: output, path: other)
    // On the disk before it takes the place of what is there.
    guard fsync(output) == 0, rename(other, path) == 0 else { throw Self.unwritable(path, Self.systemReason) }
  }

  private static func openLocked(_ path: String) throws -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw unwritable(path, systemReason) }
      var opened = stat()
      var named = stat()
      guard fstat(descriptor, &opened) == 0, opened.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw unwritable(path, "it is not a regular file")
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw InputError("'--output': \(path) is in use by another run.")
      }
      // Another run may have put a sorted file in its place between opening and locking.
      if stat(path, &named) == 0, named.st_ino == opened.st_ino, named.st_dev == opened.st_dev {
        return descriptor
      }
      close(descriptor)
    }
  }

  private static func write(_ text: String, to descriptor: Int32, path: String) throws {
    try write(Data(text.utf8), to: descriptor, path: path)
  }

  private static func write(_ data: Data, to descriptor: Int32, path: String) throws {
    try data.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = systemWrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count < 0 {
          if errno == EINTR { continue }
          throw unwritable(path, systemReason)
        }
        done += count
      }
    }
  }

  private static func truncate(_ descriptor: Int32, to size: Int, path: String) throws {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw unwritable(path, systemReason) }
  }

  private static var systemReason: String { String(cString: strerror(errno)) }

  private static func unwritable(_ path: String, _ reason: String) -> InputError {
    InputError("'--output': \(path) cannot be written: \(reason)")
  }
}

/// `write(2)`, which the methods of ``SweepFile`` hide by their name.
private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, start, count)
}
