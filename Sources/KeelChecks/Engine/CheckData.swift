import Foundation
import Keel

/// Real examples that a check builds its problems from, instead of random ones.
///
/// A check draws its training inputs as rows of ``features``. What it derives from the whole data,
/// for example principal components, it asks for through ``derived(_:_:)``, so that all trials and
/// all checks share one computation.
public final class CheckData: Sendable {
  /// A short name, for example "fashion-mnist".
  public let name: String
  /// The examples, one a row; at least one row and one column, all values finite.
  public let features: Matrix<Double>
  /// The label of each example, if there are labels; as many as rows.
  public let labels: [Double]?
  /// Where the data comes from and what was done to it, in one sentence.
  public let provenance: String
  /// The arguments of `keel check` that read this data again.
  public let arguments: [String]

  private let cache = DerivedValues()

  /// Data from examples and labels.
  ///
  /// - Parameters:
  ///   - name: a short name.
  ///   - features: the examples, one a row.
  ///   - labels: the label of each example.
  ///   - provenance: where the data comes from, in one sentence.
  ///   - arguments: the arguments of `keel check` that read it again.
  /// - Throws: ``CheckDataError`` if there are no examples, if a value is not finite, or if the
  ///   number of labels is not the number of rows.
  public init(
    name: String, features: Matrix<Double>, labels: [Double]? = nil, provenance: String,
    arguments: [String] = []
  ) throws(CheckDataError) {
    guard features.rows > 0, features.columns > 0 else { throw .empty(name: name) }
    if let place = features.elements.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(
        name: name, what: "value", row: place / features.columns, column: place % features.columns)
    }
    if let labels {
      guard labels.count == features.rows else {
        throw .labelCount(name: name, labels: labels.count, examples: features.rows)
      }
      if let row = labels.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(name: name, what: "label", row: row, column: nil)
      }
    }
    self.name = name
    self.features = features
    self.labels = labels
    self.provenance = provenance
    self.arguments = arguments
  }

  /// A value that depends on the data only, computed once and then kept.
  ///
  /// Threads that ask for a value while it is being computed wait for it. The result must depend on
  /// the data and the key only, or equal seeds would not give equal reports.
  ///
  /// - Parameters:
  ///   - key: the value's name; with the type it identifies the value.
  ///   - make: computes the value; it may ask for other derived values. An error is not kept.
  /// - Returns: the value.
  /// - Throws: what `make` throws.
  public func derived<Value: Sendable>(_ key: String, _ make: () throws -> Value) rethrows -> Value {
    try cache.value(key, make)
  }
}

/// What is wrong with examples that were given to a check.
public enum CheckDataError: Error, Equatable, CustomStringConvertible {
  /// There is no example, or an example has no values.
  case empty(name: String)
  /// A value or a label is infinite or not a number; places count from 0.
  case notFinite(name: String, what: String, row: Int, column: Int?)
  /// The number of labels is not the number of examples.
  case labelCount(name: String, labels: Int, examples: Int)
  /// A file of a known data set does not exist; a Debian package brings it.
  case notInstalled(name: String, file: String, package: String)

  /// The error as a sentence.
  public var description: String {
    switch self {
    case .empty(let name):
      "The data '\(name)' has no examples."
    case .notFinite(let name, let what, let row, let column):
      "The data '\(name)' has a \(what) that is not a finite number in row \(row)"
        + (column.map { ", column \($0)." } ?? ".")
    case .labelCount(let name, let labels, let examples):
      "The data '\(name)' has \(examples) examples but \(labels) labels."
    case .notInstalled(let name, let file, let package):
      "The data set '\(name)' is not installed: there is no \(file). On Debian and Ubuntu "
        + "`apt-get install \(package)` brings it; elsewhere set KEEL_DATASETS to the folder that holds "
        + "'\(name)'."
    }
  }
}

/// Values computed once under a lock.
///
/// The lock is recursive because one derived value may be computed from another.
private final class DerivedValues: @unchecked Sendable {
  private struct Key: Hashable {
    let name: String
    let type: ObjectIdentifier
  }

  private let lock = NSRecursiveLock()
  private var values: [Key: any Sendable] = [:]

  func value<Value: Sendable>(_ name: String, _ make: () throws -> Value) rethrows -> Value {
    try lock.withLock {
      let key = Key(name: name, type: ObjectIdentifier(Value.self))
      if let known = values[key] as? Value { return known }
      let made = try make()
      values[key] = made
      return made
    }
  }
}
