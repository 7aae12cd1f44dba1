import Foundation

/// Text that a command leaves in a file.
enum OutputText {
  /// Writes a file, whole or not at all: a reader, and a run that is stopped, never sees a part of it.
  ///
  /// - Throws: ``InputError`` that names the flag and the file.
  static func write(_ text: String, to path: String, flag: String) throws {
    do {
      let existing = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
      // Devices and pipes have no name to be replaced.
      let isSpecial = existing.map { $0 != .typeRegular } ?? false
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: isSpecial ? [] : .atomic)
    } catch {
      throw InputError("'\(flag)': \(path) cannot be written: \(error.localizedDescription)")
    }
  }
}
