/// Rows with their outputs, whose targets are classes: the common case, as plain memory for one compiled loop a
/// scalar. Rows are counted from 0; all pointers are those of the first row.
struct ClassLosses<Scalar: SimplexScalar> {
  /// What errors call the first row.
  let firstRow: Int
  let rows: Int
  let columns: Int
  let scores: UnsafePointer<Scalar>
  let scoreStride: Int
  /// The outputs, which gradients replace.
  let outputs: UnsafeMutablePointer<Scalar>
  let outputStride: Int
  let writesGradient: Bool
  let thresholds: UnsafePointer<RowThreshold>
  let conjugates: UnsafePointer<Double>
  let lengths: UnsafeMutablePointer<Int>?
  let classes: UnsafePointer<Int>
  let ignoredClass: Int?
  let weights: UnsafePointer<Scalar>?
  let mask: UnsafePointer<Bool>?
  let losses: UnsafeMutablePointer<Double>?
  /// Ω of a unit vector.
  let unit: Double
  let isShiftInvariant: Bool
  /// A factor for gradients.
  let scale: Double

  /// Writes losses and gradients, and returns the sum of the losses. `general` does so for a row with +∞.
  func finish(_ general: (Int) throws(SimplexError) -> Double) throws(SimplexError) -> Double {
    try finishClassLosses(self, general)
  }
}

/// See ``ClassLosses/finish(_:)``.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func finishClassLosses<Scalar: SimplexScalar>(
  _ work: ClassLosses<Scalar>, _ general: (Int) throws(SimplexError) -> Double
) throws(SimplexError) -> Double {
  var sum = 0.0
  for k in 0..<work.rows {
    let (index, weight) = (work.classes[k], work.weights.map { Double($0[k]) } ?? 1)
    var value = 0.0
    // Gradients of ignored rows are outputs of length 0 already.
    if index != work.ignoredClass, weight > 0 {
      guard (index >= 0 && index < work.columns) || work.columns == 0 else {
        throw .wrongClass(index, row: work.firstRow + k, columns: work.columns)
      }
      let (maximum, length) = (work.thresholds[k].maximum, work.lengths?[k] ?? work.columns)
      if maximum == .infinity, length > 0 {
        sum += try general(k)
        continue
      }
      value = maximum.isNaN ? .nan : 0
      if maximum.isFinite, length > 0 {
        let isReached = index < length && (work.mask.map { $0[k * work.columns + index] } ?? true)
        let product =
          isReached
          ? Double(work.scores[k * work.scoreStride + index]) - (work.isShiftInvariant ? maximum : 0)
          : -.infinity
        // What rounding takes below 0 is 0.
        value = max(0, work.conjugates[k] + work.unit - product)
        if work.writesGradient {
          let p = UnsafeMutableBufferPointer(start: work.outputs + k * work.outputStride, count: length)
          let scale = Scalar(weight * work.scale)
          let entry = isReached ? (p[index] - 1) * scale : 0
          if scale != 1 { Scalar.scale(p, by: scale) }
          if isReached { p[index] = entry }
        }
      }
    }
    value *= weight
    work.losses?[k] = value
    sum += value
  }
  return sum
}

extension SimplexError {
  /// A class that is none of those of a row.
  static func wrongClass(_ index: Int, row: Int, columns: Int) -> SimplexError {
    .outOfRange(argument: "targets", expected: "classes in 0..<\(columns)", found: "\(index) in row \(row)")
  }
}
