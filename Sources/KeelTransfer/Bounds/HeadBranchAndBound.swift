import Keel

/// Branch and bound for the admissible head of least error, for up to three features.
///
/// Boxes are taken in the order of their bounds and cut in two until no box can hold a head that is better
/// than the best one by more than the tolerance. Every answer that it gives is a true bound, also if it
/// runs out of boxes.
struct HeadBranchAndBound {
  private let landscape: AdmissibleHeads
  private let bounds: HeadBoxBound
  /// The search whose best head is to be confirmed or improved.
  private(set) var search: HeadSearch
  /// The number of boxes looked at.
  private(set) var boxes = 0
  /// Boxes that are not decided, with the one of least bound first in a binary heap.
  private var heap: [HeadBox] = []

  init(_ landscape: AdmissibleHeads, search: HeadSearch) {
    precondition(landscape.count <= InvariantLowerBound.certifiedFeatureCount, "Too many features")
    self.landscape = landscape
    self.search = search
    bounds = HeadBoxBound(landscape)
  }

  /// Runs until the bound is within the tolerance of the best value, and returns the bound.
  ///
  /// - Parameters:
  ///   - tolerance: the relative gap between the error of the best head and the bound.
  ///   - scale: an error below which the gap is relative to this.
  ///   - maximumBoxes: the number of boxes after which to give up.
  /// - Returns: an error that no admissible head is below.
  mutating func run(tolerance: Double, scale: Double, maximumBoxes: Int) -> Double {
    func target(_ best: Double) -> Double {
      let error = best.squareRoot()
      let wanted = max(0, error - tolerance * max(error, scale))
      return wanted * wanted
    }
    var wanted = target(search.best.value)
    /// The least bound of the boxes that were given up as good enough.
    var settled = Double.infinity
    for box in startingBoxes() { settled = min(settled, consider(box, wanted)) }
    while let box = heap.first, boxes < maximumBoxes {
      guard box.lower < wanted else { break }
      removeFirst()
      if improve(at: box.center) { wanted = target(search.best.value) }
      let axis = box.widest
      let half = box.half[axis] / 2
      guard box.center[axis] + half > box.center[axis] else {
        // A box as small as rounding: its bound is all there is to know.
        settled = min(settled, box.lower)
        continue
      }
      for sign in [-1.0, 1] {
        var part = box
        part.half[axis] = half
        part.center[axis] += sign * half
        settled = min(settled, consider(part, wanted))
      }
    }
    let least = min(settled, heap.first?.lower ?? .infinity, search.best.value)
    return least.squareRoot()
  }

  /// Bounds a box and keeps it if it is not decided; returns the bound if it is as good as it can be.
  private mutating func consider(_ box: HeadBox, _ wanted: Double) -> Double {
    var box = box
    boxes += 1
    guard bounds.bound(&box, target: wanted) else { return .infinity }
    // Where only rounding keeps a box undecided, cutting it would not help.
    guard box.lower + box.rounding < wanted else { return box.lower }
    insert(box)
    return .infinity
  }

  /// Boxes that hold every admissible head with an error of at most the best one.
  private func startingBoxes() -> [HeadBox] {
    let k = landscape.count
    // Bounds hold with room to spare, so that their rounding does not matter.
    let room = 1 + 1e-9
    let error = search.best.value.squareRoot() * room
    // √g ≤ α + error and g ≥ ‖u‖⁴ - ν‖u‖² bound the head for every R.
    let nu = landscape.hyperboloid + 2 * landscape.eigenvalueError
    let inside = landscape.insideNorm + error
    let radius = (nu / 2 + (nu * nu / 4 + inside * inside).squareRoot()).squareRoot() * room
    var low = SIMD4<Double>.zero
    var high = SIMD4<Double>.zero
    for i in 0..<k { (low[i], high[i]) = (-radius, radius) }
    // ‖Ru - r‖ ≤ error bounds it better if R is regular: |uᵢ - (R⁺r)ᵢ| ≤ error · ‖row i of R⁺‖.
    if let inverse = regularInverse() {
      for i in 0..<k {
        let width = (error * inverse[i] + 1e-9 * radius) * room
        low[i] = max(low[i], landscape.rightOutside[i] - width)
        high[i] = min(high[i], landscape.rightOutside[i] + width)
      }
    }
    let edge = landscape.hyperboloid - landscape.eigenvalueError
    guard edge > 0 else { return box(low, high) }
    return landscape.sheets.flatMap { sheet -> [HeadBox] in
      var (low, high) = (low, high)
      if sheet > 0 {
        low[0] = max(low[0], edge.squareRoot() / room)
      } else {
        high[0] = min(high[0], -edge.squareRoot() / room)
      }
      // uᵢ² ≤ nᵢ (u₁²/ν - 1).
      let reach = max(low[0].magnitude, high[0].magnitude)
      for i in 1..<max(k, 1) {
        let n = max(0, landscape.eigenvalues[i]) + landscape.eigenvalueError
        let width = (n * max(0, reach * reach / edge - 1)).squareRoot() * room
        low[i] = max(low[i], -width)
        high[i] = min(high[i], width)
      }
      return box(low, high)
    }
  }

  private func box(_ low: SIMD4<Double>, _ high: SIMD4<Double>) -> [HeadBox] {
    for i in 0..<landscape.count where low[i] > high[i] { return [] }
    let center = (low + high) / 2
    // Rounding of the center must not leave a head outside.
    let half = (high - low) / 2 + Double.ulpOfOne * pointwiseMax(center, -center)
    return [HeadBox(center: center, half: half)]
  }

  /// The norms of the rows of `R⁺`, or nil if R does not have k large singular values.
  private func regularInverse() -> [Double]? {
    guard landscape.outside.rows >= landscape.count,
      let svd = try? SVD(landscape.outside), let largest = svd.singularValues.first,
      let least = svd.singularValues.last, least > 1e-6 * largest, largest > 0
    else { return nil }
    return (0..<landscape.count).map { i in
      svd.singularValues.indices.reduce(0) { sum, j in
        let entry = svd.vt[j, i] / svd.singularValues[j]
        return sum + entry * entry
      }.squareRoot()
    }
  }

  /// Minimises from the head in the middle of a box if that head is better than the best one.
  private mutating func improve(at center: SIMD4<Double>) -> Bool {
    var u = (0..<landscape.count).map { center[$0] }
    let sheet: Double = u[0] < 0 ? -1 : 1
    if landscape.hyperboloid > 0 {
      u = landscape.coordinates(free: landscape.freeParameters(u), sheet: sheet)
    }
    let before = search.best.value
    guard landscape.value(u) < before else { return false }
    search.minimize(from: u, sheet: sheet)
    return search.best.value < before
  }

  // MARK: - The heap

  private mutating func insert(_ box: HeadBox) {
    heap.append(box)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].lower < heap[parent].lower else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func removeFirst() {
    let last = heap.removeLast()
    guard !heap.isEmpty else { return }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].lower < heap[least].lower { least = child }
      }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
