import ArgumentParser
import Foundation
import Keel
import KeelSimplex

/// Numbers of an option: a list, or what an .npy file holds.
enum SimplexNumbers: Equatable {
  /// As typed.
  case list([Double])
  /// In a file.
  case file(String)

  /// Parses an argument.
  init(_ text: String) throws {
    self = text.hasSuffix(".npy") ? .file(text) : .list(try NumberList.reals(text))
  }

  /// Whether there may be more than one: what a file holds shows when it is read.
  var mayBeSeveral: Bool {
    switch self {
    case .list(let numbers): numbers.count > 1
    case .file: true
    }
  }

  /// The numbers with the shape that they have.
  ///
  /// - Throws: ``InputError`` that names the flag and the file.
  func read(flag: String) throws -> NumericArray {
    switch self {
    case .list(let numbers): return NumericArray(numbers)
    case .file(let path):
      do { return try NPY.read(path) } catch { throw InputError("'\(flag)': \(error)") }
    }
  }

  /// A parameter that may differ from row to row.
  ///
  /// - Parameters:
  ///   - flag: what to call it.
  ///   - rows: the number of rows of scores, nil if not known yet.
  ///   - rowsPerHead: how many consecutive rows share a number, and the numbers then begin again; nil if
  ///     every row has its own.
  /// - Throws: ``InputError`` if there are neither one number nor as many as the rows need.
  func parameter<Scalar: SimplexScalar>(
    flag: String, rows: SimplexRowCount, rowsPerHead: Int?
  ) throws -> RowParameter<Scalar> {
    let array = try read(flag: flag)
    let numbers: [Scalar] = array.values()
    guard numbers.count != 1 else { return .all(numbers[0]) }
    guard !numbers.isEmpty else { throw InputError("'\(flag)' holds no number.") }
    let (period, overflow) = numbers.count.multipliedReportingOverflow(by: rowsPerHead ?? 1)
    try rows.expect(flag: flag, count: numbers.count, period: overflow ? .max : period) { rows in
      rowsPerHead == nil ? rows == period : rows % period == 0
    }
    return rowsPerHead.map { .perHead(numbers, rows: $0) } ?? .perRow(numbers)
  }
}

/// The number of rows of scores, which for some files is only known at their end, and what is expected of it.
final class SimplexRowCount {
  /// The number of rows, nil as long as it is not known.
  private(set) var known: Int?
  private var expectations: [(Int) throws -> Void] = []
  private var periods = 1

  /// A number of rows.
  init(_ known: Int?) { self.known = known }

  /// The number of rows, or as long as it is not known, one that numbers expected to repeat do fit.
  var knownOrFitting: Int { known ?? periods }

  /// Expects that numbers fit the rows: now, or when the rows are known.
  ///
  /// - Parameters:
  ///   - flag: what to call the numbers.
  ///   - count: how many there are.
  ///   - period: after how many rows they repeat.
  ///   - fits: whether they fit so many rows.
  func expect(flag: String, count: Int, period: Int, fits: @escaping (Int) -> Bool) throws {
    let (product, overflow) = periods.multipliedReportingOverflow(by: period)
    periods = overflow ? 0 : product
    let check: (Int) throws -> Void = { rows in
      guard fits(rows) else {
        throw InputError(
          "'\(flag)' has \(count) numbers, which do not fit \(rows) row\(rows == 1 ? "" : "s") of scores.")
      }
    }
    if let known { try check(known) } else { expectations.append(check) }
  }

  /// Makes the number of rows known.
  ///
  /// - Throws: ``InputError`` if something was expected of it that it does not fulfil.
  func found(_ rows: Int) throws {
    known = rows
    for check in expectations { try check(rows) }
    expectations = []
  }
}
