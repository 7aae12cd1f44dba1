import ArgumentParser
import Foundation
import Keel
import KeelSimplex

/// The formats of results.
enum SimplexFormat: String, ExpressibleByArgument, CaseIterable {
  case npy, csv

  /// The format that the name of a file stands for.
  ///
  /// - Throws: `ValidationError` for a name that stands for none.
  init(path: String, flag: String) throws {
    if path.hasSuffix(".npy") {
      self = .npy
    } else if path.hasSuffix(".csv") || path.hasSuffix(".csv.gz") {
      self = .csv
    } else {
      throw ValidationError("'\(flag)': the name must end in .npy, .csv or .csv.gz, unlike \(path).")
    }
  }
}

/// Writes rows of numbers to an .npy or CSV file, or as CSV to standard output, as they come.
final class SimplexRowWriter<Scalar: RealScalar & NumericElement> {
  private enum Target {
    case npy(NPYWriter<Scalar>)
    case csv(CSVWriter<Scalar>)
  }
  private let target: Target
  private let columns: Int
  private let flag: String
  private let path: String

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: the file, nil for standard output.
  ///   - flag: what to call it.
  ///   - format: its format.
  ///   - shape: the shape of the whole, nil if the number of rows is not known.
  ///   - columns: the number of entries of a row.
  ///   - header: the names of the columns for a CSV file, if they have names.
  ///   - files: who decides whether the file will be there.
  init(
    _ path: String?, flag: String, format: SimplexFormat, shape: [Int]?, columns: Int,
    header: [String]? = nil, files: PendingFiles
  ) throws {
    self.flag = flag
    self.columns = columns
    self.path = path ?? "standard output"
    let place = try path.map { try files.place(for: $0, flag: flag) }
    target = try Self.naming(flag, self.path) {
      guard let place else {
        return try .csv(
          CSVWriter(descriptor: STDOUT_FILENO, name: "standard output", columnCount: columns, header: header))
      }
      switch format {
      case .csv: return try .csv(CSVWriter(place, columnCount: columns, header: header))
      case .npy:
        guard let shape else { return try .npy(NPYWriter(place, rowShape: [columns])) }
        return try .npy(NPYWriter(place, shape: shape))
      }
    }
  }

  /// Appends rows.
  func append(_ elements: [Scalar], rows: Int) throws {
    try Self.naming(flag, path) {
      switch target {
      case .npy(let writer): try writer.append(elements)
      case .csv(let writer):
        try writer.append(Matrix(rows: rows, columns: columns, elements: elements))
      }
    }
  }

  /// Closes the file.
  func finish() throws {
    try Self.naming(flag, path) {
      switch target {
      case .npy(let writer): try writer.finish()
      case .csv(let writer): try writer.finish()
      }
    }
  }

  /// The file has another name as long as it is written; messages say the one that was asked for.
  private static func naming<Value>(_ flag: String, _ path: String, _ body: () throws -> Value) throws
    -> Value
  {
    do {
      return try body()
    } catch let error as InterchangeError {
      throw InputError("'\(flag)': \(error.renamed(path))")
    }
  }
}

extension InterchangeError {
  /// What is wrong with writing a file, with another name for it.
  func renamed(_ path: String) -> InterchangeError {
    switch self {
    case .cannotWrite(_, let reason): .cannotWrite(file: path, reason: reason)
    case .unsupported(_, let field, let found): .unsupported(file: path, field: field, found: found)
    default: self
    }
  }
}
