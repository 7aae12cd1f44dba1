import Keel
import KeelTransfer
import TestSupport
import Testing

/// The kernels against plain loops, on every instruction set.
@Suite("Sweeps over features")
struct FeatureSweepTests {
  /// What a sweep writes.
  struct Output<S: TransferScalar>: Equatable {
    var updated: [S]
    var along: [S]
    var combination: [S]
    var sum: [S]
  }

  /// The arguments of a sweep with random numbers; flags say which parts are present.
  struct Case<S: TransferScalar> {
    let k: Int
    let m: Int
    let terms: Int
    let hasX: Bool
    let hasTarget: Bool
    let hasWeight: Bool
    let hasBase: Bool
    let hasOrigin: Bool
    let matrix: [S]
    let vectors: [[S]]
    let bases: [[S]]
    let factors: [S]

    init(k: Int, m: Int, variant: Int) {
      var random = SplitMix(seed: UInt64(k * 1000 + m * 20 + variant))
      (self.k, self.m, terms) = (k, m, variant % 3)
      hasX = variant != 3
      hasTarget = variant % 2 == 0
      hasWeight = variant % 4 == 0
      hasBase = variant != 5
      hasOrigin = variant > 2
      matrix = random.array(k * m)
      vectors = (0..<5).map { _ in random.array(m) }
      bases = (0..<4).map { _ in random.array(k) }
      factors = random.array(6)
    }

    /// The sweep by the kernel; D is written over C if `inPlace`, and s over the first base.
    func run(inPlace: Bool) -> Output<S> {
      var buffers: [UnsafeMutableBufferPointer<S>] = []
      func buffer(_ values: [S]) -> UnsafeMutablePointer<S>? {
        let buffer = UnsafeMutableBufferPointer<S>.allocate(capacity: max(1, values.count))
        _ = buffer.initialize(from: values + (values.isEmpty ? [0] : []))
        buffers.append(buffer)
        return buffer.baseAddress
      }
      func values(_ pointer: UnsafeMutablePointer<S>?, _ count: Int) -> [S] {
        Array(UnsafeBufferPointer(start: pointer, count: count))
      }
      defer { for buffer in buffers { buffer.deallocate() } }
      func unwritten(_ count: Int) -> UnsafeMutablePointer<S>? {
        buffer(Array(repeating: .nan, count: count))
      }

      let c = buffer(matrix)
      let updated = inPlace ? c : unwritten(k * m)
      let base = buffer(bases[0])
      let combination = inPlace ? base : unwritten(k)
      let (along, sum) = (unwritten(k), unwritten(m))
      var sweep = FeatureSweep<S>(rows: k, columns: m, matrix: c)
      sweep.updated = updated
      if hasX { sweep.x = UnsafePointer(buffer(vectors[0])) }
      if terms > 0 { sweep.e = UnsafePointer(buffer(vectors[1])) }
      if terms > 1 { sweep.f = UnsafePointer(buffer(vectors[2])) }
      sweep.p = .init(factors[0], UnsafePointer(base), along: factors[1])
      sweep.q = .init(factors[2], UnsafePointer(buffer(bases[1])), along: factors[3])
      sweep.s = .init(
        from: hasOrigin ? UnsafePointer(buffer(bases[3])) : nil, factors[4],
        hasBase ? UnsafePointer(buffer(bases[2])) : nil, along: factors[5])
      sweep.along = along
      sweep.combination = combination
      sweep.sum = sum
      if hasTarget { sweep.target = UnsafePointer(buffer(vectors[3])) }
      if hasWeight { sweep.weight = UnsafePointer(buffer(vectors[4])) }
      sweep.run()
      return Output(
        updated: terms > 0 ? values(updated, k * m) : matrix, along: values(along, k),
        combination: values(combination, k), sum: values(sum, m))
    }

    /// The sweep by its definition, in double precision, with the sums of magnitudes for the tolerance.
    func reference() -> (value: Output<Double>, magnitude: Output<Double>) {
      let c = matrix.map { Double($0) }
      let v = vectors.map { $0.map { Double($0) } }
      let b = bases.map { $0.map { Double($0) } }
      let w = factors.map { Double($0) }
      let empty = Output<Double>(updated: [], along: [], combination: [], sum: [])
      var (value, size) = (empty, empty)
      value.sum = [Double](repeating: 0, count: m)
      size.sum = value.sum
      for i in 0..<k {
        var (along, alongSize) = (0.0, 0.0)
        if hasX {
          for j in 0..<m {
            along += c[i * m + j] * v[0][j]
            alongSize += (c[i * m + j] * v[0][j]).magnitude
          }
        }
        func term(_ n: Int, _ present: Bool = true) -> (Double, Double) {
          let base = present ? w[2 * n] * b[n][i] : 0
          return (base + w[2 * n + 1] * along, base.magnitude + w[2 * n + 1].magnitude * alongSize)
        }
        let (p, q) = (term(0), term(1))
        var s = term(2, hasBase)
        if hasOrigin { s = (s.0 + b[3][i], s.1 + b[3][i].magnitude) }
        value.along.append(along)
        size.along.append(alongSize)
        value.combination.append(s.0)
        size.combination.append(s.1)
        for j in 0..<m {
          var (d, dSize) = (c[i * m + j], c[i * m + j].magnitude)
          if terms > 0 {
            d += p.0 * v[1][j]
            dSize += p.1 * v[1][j].magnitude
          }
          if terms > 1 {
            d += q.0 * v[2][j]
            dSize += q.1 * v[2][j].magnitude
          }
          value.updated.append(d)
          size.updated.append(dSize)
          value.sum[j] += s.0 * d
          size.sum[j] += s.1 * dSize
        }
      }
      if hasTarget {
        for j in 0..<m {
          let weight = hasWeight ? v[4][j] : 1
          value.sum[j] = weight * (v[3][j] - value.sum[j])
          size.sum[j] = weight.magnitude * (v[3][j].magnitude + size.sum[j])
        }
      }
      return (value, size)
    }
  }

  private func check<S: TransferScalar>(_: S.Type, rows k: Int) {
    for m in 0...40 {
      for variant in 0..<6 {
        let test = Case<S>(k: k, m: m, variant: variant)
        let (value, size) = test.reference()
        // At most m + k + 9 rounded operations lie between the data and a result, each of them relative
        // to the sum of magnitudes; doubled because combinations multiply two rounded numbers.
        let bound = 2 * gamma(m + k + 9, S.self)
        func close(_ got: [S], _ value: [Double], _ size: [Double]) -> Bool {
          got.indices.allSatisfy { (Double(got[$0]) - value[$0]).magnitude <= bound * size[$0] }
        }
        var first: Output<S>?
        for instructions in InstructionSet.available {
          for inPlace in [false, true] {
            let got = instructions.select { test.run(inPlace: inPlace) }
            if let first {
              #expect(got == first, "\(k) × \(m), variant \(variant), \(instructions), in place \(inPlace)")
            } else {
              first = got
              #expect(
                close(got.updated, value.updated, size.updated) && close(got.along, value.along, size.along)
                  && close(got.combination, value.combination, size.combination)
                  && close(got.sum, value.sum, size.sum), "\(k) × \(m), variant \(variant)")
            }
          }
        }
      }
    }
  }

  @Test("sweeps are what they say, with the same bits on every instruction set", arguments: 0...9)
  func sweeps(rows: Int) {
    check(Double.self, rows: rows)
    check(Float.self, rows: rows)
  }

  private func checkCompensation<S: TransferScalar>(_: S.Type, rows k: Int, columns m: Int) {
    var random = SplitMix(seed: UInt64(k * 100 + m))
    let start: [S] = random.array(k * m + k)
    let (e, f): ([S], [S]) = (random.array(m), random.array(m))
    let (p, q): ([S], [S]) = (random.array(k), random.array(k))
    // So small that a sum with numbers of size one keeps only a few of its bits.
    let small = S.ulpOfOne * 3
    var first: [S]?
    for instructions in InstructionSet.available {
      for terms in 1...2 {
        var (state, error) = (start, [S](repeating: 0, count: k * m + k))
        var sum = [S](repeating: 0, count: m)
        for _ in 0..<1000 {
          state.withUnsafeMutableBufferPointer { state in
            error.withUnsafeMutableBufferPointer { error in
              e.withUnsafeBufferPointer { e in
                f.withUnsafeBufferPointer { f in
                  p.withUnsafeBufferPointer { p in
                    q.withUnsafeBufferPointer { q in
                      sum.withUnsafeMutableBufferPointer { sum in
                        guard let head = state.baseAddress, let lost = error.baseAddress else { return }
                        var sweep = FeatureSweep<S>(rows: k, columns: m, matrix: head + k)
                        sweep.updated = head + k
                        sweep.e = e.baseAddress
                        sweep.p = .init(small, p.baseAddress)
                        if terms > 1 { sweep.f = f.baseAddress }
                        sweep.q = .init(small, q.baseAddress)
                        sweep.s = .init(from: head, small, p.baseAddress)
                        sweep.combination = head
                        sweep.error = UnsafePointer(lost + k)
                        sweep.headError = UnsafePointer(lost)
                        sweep.updatedError = lost + k
                        sweep.combinationError = lost
                        sweep.sum = sum.baseAddress
                        instructions.select { sweep.run() }
                      }
                    }
                  }
                }
              }
            }
          }
        }
        let change = 1000 * Double(small)
        for i in 0..<k {
          let head = Double(start[i]) + change * Double(p[i])
          #expect((Double(state[i]) - head).magnitude <= 2 * Double(S.ulpOfOne), "head \(i)")
          for j in 0..<m {
            let both = Double(p[i]) * Double(e[j]) + (terms > 1 ? Double(q[i]) * Double(f[j]) : 0)
            let expected = Double(start[k + i * m + j]) + change * both
            // One rounding of a number below 2, and a thousand of much smaller ones.
            #expect((Double(state[k + i * m + j]) - expected).magnitude <= 2 * Double(S.ulpOfOne))
          }
        }
        if terms == 2 {
          #expect(state == first ?? state, "\(instructions)")
          first = state
        }
      }
    }
  }

  @Test(
    "compensated sweeps lose nothing in a thousand small additions", arguments: [(1, 3), (3, 8), (9, 21)])
  func compensation(k: Int, m: Int) {
    checkCompensation(Double.self, rows: k, columns: m)
    checkCompensation(Float.self, rows: k, columns: m)
  }

  private func descent<S: TransferScalar>(
    _: S.Type, rows k: Int, columns m: Int, steps: Int, instructions: InstructionSet
  ) -> [[S]] {
    var random = SplitMix(seed: UInt64(k * 100 + m))
    var (head, features): ([S], [S]) = (random.array(k), random.array(k * m))
    let (target, weight): ([S], [S]) = (random.array(m), random.array(m))
    var gradient = (0..<m).map { j -> S in
      var sum = S.zero
      for i in 0..<k { sum += head[i] * features[i * m + j] }
      return weight[j] * (target[j] - sum)
    }
    var workspace = gradient
    instructions.select {
      S.descend(
        rows: k, columns: m, steps: steps, stepSize: 1 / 256, weight: weight, target: target, head: &head,
        features: &features, gradient: &gradient, workspace: &workspace)
    }
    return [head, features, gradient]
  }

  @Test("gradient descent is its loop", arguments: [(1, 1), (2, 3), (5, 50), (8, 16), (9, 17), (20, 33)])
  func descent(k: Int, m: Int) {
    for steps in [0, 1, 2, 7] {
      let first = descent(Double.self, rows: k, columns: m, steps: steps, instructions: .portable)
      let single = descent(Float.self, rows: k, columns: m, steps: steps, instructions: .portable)
      for instructions in InstructionSet.available.dropFirst() {
        #expect(descent(Double.self, rows: k, columns: m, steps: steps, instructions: instructions) == first)
        #expect(descent(Float.self, rows: k, columns: m, steps: steps, instructions: instructions) == single)
      }
      var random = SplitMix(seed: UInt64(k * 100 + m))
      var head: [Double] = random.array(k)
      var features: Matrix<Double> = random.matrix(k, m)
      let (target, weight): ([Double], [Double]) = (random.array(m), random.array(m))
      var gradient: [Double] = []
      for step in 0...steps {
        let sum = features.transposed * head
        gradient = (0..<m).map { weight[$0] * (target[$0] - sum[$0]) }
        guard step < steps else { break }
        let along = features * gradient
        features += (1.0 / 256) * Matrix(outerProductOf: head, gradient)
        head = zip(head, along).map { $0 + $1 / 256 }
      }
      // Seven short steps from numbers of size one, by sums of at most 50 terms.
      #expect(agree(first[0], head, 1e-12) && agree(first[1], features.elements, 1e-12))
      #expect(agree(first[2], gradient, 1e-12 * Double(k)))
    }
  }
}
