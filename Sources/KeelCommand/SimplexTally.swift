import Foundation
import Keel
import KeelSimplex

/// What a run has seen of its rows.
struct SimplexTally {
  /// The number of rows.
  private(set) var rows = 0
  private var supportSum = 0.0
  /// The number of rows with NaN, and of rows without any score above -infinity.
  private var undefinedRows = 0
  private var emptyRows = 0
  /// The residual that is the largest in relation to what is allowed, and its row.
  private var worst: (residual: Double, limit: Double, row: Int)?
  /// The number of rows whose residual is more than what is allowed.
  private(set) var failures = 0

  /// Counts rows by their thresholds.
  mutating func count(_ thresholds: [RowThreshold]) {
    rows += thresholds.count
    for threshold in thresholds {
      if threshold.maximum.isNaN {
        undefinedRows += 1
      } else {
        if threshold.maximum == -.infinity { emptyRows += 1 }
        supportSum += Double(threshold.supportCount)
      }
    }
  }

  /// Counts the certificate of a row. A residual that is NaN is worse than any other.
  mutating func certify(residual: Double, limit: Double, row: Int) {
    if !(residual <= limit) { failures += 1 }
    let isWorse = worst.map { !(residual / limit <= $0.residual / $0.limit) } ?? true
    if isWorse { worst = (residual, limit, row) }
  }

  /// A line about all rows.
  func summary(_ map: String, columns: Int, seconds: Double) -> String {
    var parts = ["\(rows) row\(rows == 1 ? "" : "s") of \(columns)", map]
    let counted = rows - undefinedRows
    if counted > 0 { parts.append("mean support \(Self.short(supportSum / Double(counted)))") }
    if undefinedRows > 0 { parts.append("\(undefinedRows) with NaN") }
    if emptyRows > 0 { parts.append("\(emptyRows) empty") }
    if let worst { parts.append("largest KKT residual \(Self.short(worst.residual)) in row \(worst.row)") }
    parts.append("\(Self.short(seconds)) s")
    return parts.joined(separator: ", ")
  }

  /// Why the rows are not certified.
  var failure: String {
    let (residual, limit, row) = worst ?? (0, 0, 0)
    return
      "\(failures) of \(rows) rows \(failures == 1 ? "has" : "have") a KKT residual above the tolerance; the worst is "
      + "\(Self.short(residual)) in row \(row), where \(Self.short(limit)) is allowed. Nothing was written."
  }

  /// A number in three digits.
  private static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return numberText(value) }
    let text = String(format: "%.3g", value)
    return numberText(Double(text) ?? value)
  }
}
