import Keel
import Testing

@Suite("Haar matrices")
struct RandomHaarTests {
  /// The largest entry of `BBᵀ - I`.
  private func defect<Scalar: RealScalar>(_ b: Matrix<Scalar>) -> Scalar {
    var worst: Scalar = 0
    for i in 0..<b.rows {
      for j in 0..<b.rows {
        var sum: Scalar = i == j ? -1 : 0
        for l in 0..<b.columns { sum += b[i, l] * b[j, l] }
        worst = max(worst, abs(sum))
      }
    }
    return worst
  }

  private func determinant(_ matrix: Matrix<Double>) -> Double {
    var a = matrix
    var result = 1.0
    for k in 0..<a.rows {
      guard let pivot = (k..<a.rows).max(by: { abs(a[$0, k]) < abs(a[$1, k]) }) else { break }
      if pivot != k {
        result.negate()
        for j in 0..<a.rows { (a[k, j], a[pivot, j]) = (a[pivot, j], a[k, j]) }
      }
      result *= a[k, k]
      for i in (k + 1)..<max(a.rows, k + 1) {
        let factor = a[i, k] / a[k, k]
        for j in k..<a.rows { a[i, j] -= factor * a[k, j] }
      }
    }
    return result
  }

  /// A reflection is orthogonal up to a few roundings, and each row goes through one for each row above.
  @Test("Rows are orthonormal", arguments: [0, 1, 2, 3, 5, 8, 9, 16, 33, 64])
  func orthonormal(dimension: Int) {
    for count in Set([0, 1, 2, dimension / 2, dimension]) where count <= dimension {
      var stream = RandomStream(seed: UInt64(dimension))
      let double: Matrix<Double> = .randomOrthonormalRows(count, dimension, using: &stream)
      let float: Matrix<Float> = .randomOrthonormalRows(count, dimension, using: &stream)
      #expect(double.rows == count && double.columns == dimension)
      #expect(defect(double) <= Double(4 * (count + 2)) * Double.ulpOfOne, "\(count) of \(dimension)")
      #expect(defect(float) <= Float(4 * (count + 2)) * Float.ulpOfOne, "\(count) of \(dimension)")
    }
  }

  @Test("Orthogonal matrices have both determinants, rotations have 1", arguments: 0...9)
  func determinants(size: Int) {
    let root = RandomStream(seed: 1)
    var negative = 0
    for trial in 0..<100 {
      var stream = root.stream(trial)
      var copy = stream
      let orthogonal: Matrix<Double> = .randomOrthogonal(size, using: &stream)
      let sign = determinant(orthogonal)
      #expect(abs(abs(sign) - 1) < 1e-13)
      if sign < 0 { negative += 1 }
      let rotation: Matrix<Double> = .randomRotation(size, using: &copy)
      #expect(abs(determinant(rotation) - 1) < 1e-13, "size \(size), trial \(trial)")
    }
    // Binomial(100, 1/2): within six deviations.
    #expect(size == 0 ? negative == 0 : abs(negative - 50) <= 30)
  }

  @Test("Fewer rows are the first of more rows")
  func prefix() {
    var short = RandomStream(seed: 2)
    let few: Matrix<Double> = .randomOrthonormalRows(3, 10, using: &short)
    var long = RandomStream(seed: 2)
    let all: Matrix<Double> = .randomOrthogonal(10, using: &long)
    for i in 0..<3 {
      for j in 0..<10 { #expect(abs(few[i, j] - all[i, j]) < 1e-15) }
    }
  }

  /// Under Haar measure on O(n) or on the k first rows: E q²ᵢⱼ = 1/n, E q⁴ᵢⱼ = 3/(n(n+2)), and for two
  /// entries of a row or a column E q²q'² = 1/(n(n+2)), otherwise (n+1)/((n-1)n(n+2)). Odd moments are 0.
  @Test("Moments of entries are those of Haar measure", arguments: [false, true])
  func moments(rotation: Bool) {
    let n = 4
    let trials = 20_000
    let root = RandomStream(seed: 3)
    var mean = [Double](repeating: 0, count: n * n)
    var second = mean
    var fourth = mean
    var (sameRow, sameColumn, apart, mixed) = (0.0, 0.0, 0.0, 0.0)
    for trial in 0..<trials {
      var stream = root.stream(trial)
      let q: Matrix<Double> =
        rotation ? .randomRotation(n, using: &stream) : .randomOrthogonal(n, using: &stream)
      for (i, x) in q.elements.enumerated() {
        mean[i] += x / Double(trials)
        second[i] += x * x / Double(trials)
        fourth[i] += x * x * x * x / Double(trials)
      }
      sameRow += q[1, 1] * q[1, 1] * q[1, 3] * q[1, 3] / Double(trials)
      sameColumn += q[0, 2] * q[0, 2] * q[3, 2] * q[3, 2] / Double(trials)
      apart += q[0, 0] * q[0, 0] * q[2, 3] * q[2, 3] / Double(trials)
      // E q₁₁q₂₂q₁₂q₂₁ = -1/((n-1)n(n+2)), from the orthogonality of rows.
      mixed += q[0, 0] * q[1, 1] * q[0, 1] * q[1, 0] / Double(trials)
    }
    // Entries have variance at most 1/n and their powers less: 5.5 deviations of a mean.
    let bound = 5.5 * (1 / Double(n * trials)).squareRoot()
    let (size, pairs) = (Double(n), Double(n * (n + 2)))
    for i in 0..<n * n {
      #expect(abs(mean[i]) < bound, "entry \(i)")
      #expect(abs(second[i] - 1 / size) < bound, "entry \(i)")
      #expect(abs(fourth[i] - 3 / pairs) < bound, "entry \(i)")
    }
    // The products have standard deviation below 0.1.
    let fine = 5.5 * 0.1 / Double(trials).squareRoot()
    #expect(abs(sameRow - 1 / pairs) < fine)
    #expect(abs(sameColumn - 1 / pairs) < fine)
    #expect(abs(apart - (size + 1) / ((size - 1) * pairs)) < fine)
    #expect(abs(mixed + 1 / ((size - 1) * pairs)) < fine)
  }

  /// A coordinate of a uniform direction in three dimensions is uniform on (-1, 1): Archimedes.
  @Test("Rows are uniform on the sphere", arguments: 0..<3)
  func sphere(row: Int) {
    let root = RandomStream(seed: 4)
    let n = 4000
    let heights = (0..<n).map { trial -> Double in
      var stream = root.stream(trial)
      return Matrix<Double>.randomOrthonormalRows(3, 3, using: &stream)[row, 1]
    }
    var distance = 0.0
    for (i, x) in heights.sorted().enumerated() {
      distance = max(distance, (x + 1) / 2 - Double(i) / Double(n), Double(i + 1) / Double(n) - (x + 1) / 2)
    }
    // Kolmogorov and Smirnov at 10⁻⁶.
    #expect(Double(n).squareRoot() * distance < 2.69)
  }

  @Test("The matrix does not depend on the instruction set")
  func instructions() {
    let reference: [Matrix<Float>] = InstructionSet.available.map { set in
      set.select {
        var stream = RandomStream(seed: 5)
        return .randomOrthogonal(40, using: &stream)
      }
    }
    #expect(reference.allSatisfy { $0 == reference[0] })
  }

  @Test("Normal matrices are drawn row by row")
  func normalMatrix() {
    var stream = RandomStream(seed: 6)
    var copy = stream
    let matrix: Matrix<Double> = .randomNormal(rows: 3, columns: 5, using: &stream)
    #expect(matrix.rows == 3 && matrix.columns == 5)
    #expect(matrix.elements == copy.normals(count: 15))
    #expect(Matrix<Float>.randomNormal(rows: 0, columns: 5, using: &stream).elements.isEmpty)
  }
}
