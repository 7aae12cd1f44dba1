import CKernels
import Keel
import Testing

#if arch(x86_64)
  /// More precision than the kernel has, to measure its error.
  typealias Extended = Float80
#else
  typealias Extended = Double
#endif

/// The bulk kernels against plain formulas, on every instruction set.
@Suite("Kernels of random numbers")
struct RandomKernelTests {
  /// The 32-bit words of some blocks of a stream.
  private func words(of stream: RandomStream, blocks: Int) -> [UInt32] {
    var stream = stream
    return (0..<4 * blocks).map { _ in stream.nextUInt32() }
  }

  private func normal(_ u: Extended, _ turn: Extended, _ bits: UInt64) -> (Extended, Extended) {
    let logarithm = u > 0.5 ? Extended.log(onePlus: u - 1) : Extended.log(u)
    let radius = (-2 * logarithm).squareRoot()
    let sine = Extended.sin(2 * .pi * turn)
    let cosine = Extended.cos(2 * .pi * turn) * (bits & 2 == 0 ? 1 : -1)
    return bits & 1 == 0 ? (radius * cosine, radius * sine) : (radius * sine, radius * cosine)
  }

  @Test("Normals of type Double are the transform of Box and Muller", arguments: InstructionSet.available)
  func doubleNormals(instructions: InstructionSet) {
    let stream = RandomStream(seed: 11)
    let blocks = 20_003
    let w = words(of: stream, blocks: blocks)
    let z: [Double] = instructions.select {
      var copy = stream; return copy.normals(count: 2 * blocks)
    }
    var worst: Extended = 0
    for i in 0..<blocks {
      let a = UInt64(w[4 * i]) | UInt64(w[4 * i + 1]) << 32
      let b = UInt64(w[4 * i + 2]) | UInt64(w[4 * i + 3]) << 32
      let turn = Extended(Int64(bitPattern: (b & ~3) | 2)) * 0x1p-66
      let (first, second) = normal(Extended(a | 1) * 0x1p-64, turn, b)
      worst = max(worst, abs(Extended(z[2 * i]) - first) / Extended(Double(first).ulp))
      worst = max(worst, abs(Extended(z[2 * i + 1]) - second) / Extended(Double(second).ulp))
    }
    #expect(worst < 6, "units in the last place; 4.8 over a million blocks")
  }

  @Test("Normals of type Float are the transform of Box and Muller", arguments: InstructionSet.available)
  func floatNormals(instructions: InstructionSet) {
    let stream = RandomStream(seed: 12)
    let blocks = 20_003
    let w = words(of: stream, blocks: blocks)
    let z: [Float] = instructions.select {
      var copy = stream; return copy.normals(count: 4 * blocks)
    }
    var worst: Extended = 0
    for i in 0..<2 * blocks {
      let (a, b) = (w[2 * i], w[2 * i + 1])
      let turn = Extended(Int32(bitPattern: (b & ~3) | 2)) * 0x1p-34
      let (first, second) = normal(Extended(a | 1) * 0x1p-32, turn, UInt64(b))
      let place = i / 2 * 4 + i % 2
      worst = max(worst, abs(Extended(z[place]) - first) / Extended(Float(first).ulp))
      worst = max(worst, abs(Extended(z[place + 2]) - second) / Extended(Float(second).ulp))
    }
    #expect(worst < 6, "units in the last place; 4.8 over a million blocks")
  }

  @Test("Uniform numbers are the leading bits of the words", arguments: InstructionSet.available)
  func uniforms(instructions: InstructionSet) {
    let stream = RandomStream(seed: 13)
    let blocks = 1003
    let w = words(of: stream, blocks: blocks)
    let floats: [Float] = instructions.select {
      var copy = stream; return copy.uniforms(count: 4 * blocks)
    }
    #expect(floats == w.map { Float($0 >> 8) / 0x1p24 })
    let doubles: [Double] = instructions.select {
      var copy = stream; return copy.uniforms(count: 2 * blocks)
    }
    let expected = (0..<2 * blocks).map { i in
      Double((UInt64(w[2 * i]) | UInt64(w[2 * i + 1]) << 32) >> 11) / 0x1p53
    }
    #expect(doubles == expected)
  }

  /// Every length, from every place in a block, after every kind of draw.
  @Test("Filling equals drawing one by one", arguments: InstructionSet.available)
  func fillingEqualsDrawing(instructions: InstructionSet) {
    instructions.select {
      for before in 0..<4 {
        for count in 0...40 {
          compare(before, count, of: Double.self)
          compare(before, count, of: Float.self)
        }
      }
    }
  }

  private func compare<Scalar: RealScalar>(_ before: Int, _ count: Int, of type: Scalar.Type) {
    let fills: [(inout RandomStream) -> [Scalar]] = [
      { $0.uniforms(count: count) }, { $0.normals(count: count) },
    ]
    let draws: [(inout RandomStream) -> Scalar] = [{ $0.uniform() }, { $0.normal() }]
    let beginnings: [(inout RandomStream) -> Void] = [
      { _ = $0.nextUInt32() }, { _ = $0.normal(Double.self) }, { _ = $0.normal(Float.self) },
    ]
    for (fill, draw) in zip(fills, draws) {
      for begin in beginnings {
        var filled = RandomStream(seed: UInt64(count))
        for _ in 0..<before { begin(&filled) }
        var drawn = filled
        let numbers = fill(&filled)
        #expect(numbers == (0..<count).map { _ in draw(&drawn) }, "\(type), \(count) after \(before)")
        #expect(filled.normal(Scalar.self) == drawn.normal(Scalar.self))
        #expect(filled.next() == drawn.next())
      }
    }
  }

  @Test("A span is filled like an array")
  func spans() {
    var numbers = [Double](repeating: .nan, count: 33)
    var stream = RandomStream(seed: 5)
    var copy = stream
    var span = numbers.mutableSpan
    stream.fillNormal(into: &span)
    #expect(numbers == copy.normals(count: 33))
    span = numbers.mutableSpan
    stream.fillUniform(into: &span)
    #expect(numbers == copy.uniforms(count: 33))
  }

  /// Counters beyond 32 bits carry into the second word.
  @Test("Blocks far into the stream", arguments: InstructionSet.available)
  func farBlocks(instructions: InstructionSet) {
    for start in [UInt64(1 << 32) - 3, UInt64.max - 4] {
      var bulk = RandomStream(seed: 9)
      bulk.seek(toBlock: start)
      var single = bulk
      let numbers: [Double] = instructions.select { bulk.uniforms(count: 40) }
      #expect(numbers == (0..<40).map { _ in single.uniform() })
      #expect(bulk.nextBlock == start &+ 20)
    }
  }

  @Test("The extreme words give finite numbers at the stated bounds")
  func exponentialExtremes() {
    // -ln 2⁻⁶⁴ and -ln(1 - 2⁻⁶⁴).
    #expect(abs(keel_random_exponential(0) - 44.3614195558365) < 1e-13)
    #expect(keel_random_exponential(.max) == 0x1p-64)
    // Both sides of the points where the logarithm changes its formula.
    for word in [UInt64(1) << 63, 0xB504_F333_F9DE_6484, 0x7FFF_FFFF_FFFF_FFFF, 1 << 52, 3] {
      for offset in -2...2 {
        let u = Extended((word &+ UInt64(bitPattern: Int64(offset))) | 1) * 0x1p-64
        let exact = u > 0.5 ? -Extended.log(onePlus: u - 1) : -Extended.log(u)
        let value = keel_random_exponential(word &+ UInt64(bitPattern: Int64(offset)))
        #expect(abs(Extended(value) - exact) <= 3 * Extended(Double(exact).ulp), "\(word) \(offset)")
      }
    }
  }

  @Test("Words and exponentials in bulk are those of the stream", arguments: InstructionSet.available)
  func wordsAndExponentials(instructions: InstructionSet) {
    let stream = RandomStream(seed: 14)
    for blocks in [0, 1, 2, 5, 8, 31, 1003] {
      let w = words(of: stream, blocks: blocks)
      var drawn = [UInt32](repeating: 0, count: 4 * blocks)
      var doubles = [Double](repeating: 0, count: 2 * blocks)
      var floats = [Float](repeating: 0, count: 4 * blocks)
      instructions.select {
        keel_random_words(14, 0, 0, blocks, &drawn)
        keel_random_exponential_f64(14, 0, 0, blocks, &doubles)
        keel_random_exponential_f32(14, 0, 0, blocks, &floats)
      }
      #expect(drawn == w)
      var single = stream
      #expect(doubles == doubles.map { _ in single.exponential() })
      let worst = zip(floats, w).map { float, word in
        let u = Extended(word | 1) * 0x1p-32
        let expected = -(u > 0.5 ? Extended.log(onePlus: u - 1) : Extended.log(u))
        return abs(Extended(float) - expected) / Extended(Float(expected).ulp)
      }.max()
      #expect(worst ?? 0 < 4, "units in the last place")
    }
  }

  @Test(
    "Gamma numbers are those of Marsaglia and Tsang", arguments: InstructionSet.available,
    [0.01, 0.5, 1, 1.5, 10, 1e4, 1e8])
  func gamma(instructions: InstructionSet, alpha: Double) {
    let (shape, boost) = alpha < 1 ? (alpha + 2.0 / 3, 1 / alpha) : (alpha - 1.0 / 3, 0)
    let laws = [0, shape]
    let deviations = [0, 1 / (9 * shape).squareRoot()]
    let logarithms = [0, Double.log(shape)]
    let boosts = [0, boost]
    let count = 304
    let blocks = (0..<UInt64(count)).map { 5 &* $0 &+ 1 << 40 }
    let numbers = [UInt32](repeating: 1, count: count)
    var values = [Double](repeating: 0, count: count)
    var floats = [Float](repeating: 0, count: count)
    for wantsLogarithms in [false, true] {
      instructions.select {
        blocks.withUnsafeBufferPointer { blocks in
          numbers.withUnsafeBufferPointer { numbers in
            var draws = keel_gamma_draws(
              key: 3, nonce: 4, blocks: blocks.baseAddress, laws: numbers.baseAddress, count: count)
            laws.withUnsafeBufferPointer { d in
              deviations.withUnsafeBufferPointer { c in
                logarithms.withUnsafeBufferPointer { l in
                  boosts.withUnsafeBufferPointer { b in
                    var tables = keel_gamma_laws_f64(
                      shape: d.baseAddress, deviation: c.baseAddress, log_shape: l.baseAddress,
                      boost: b.baseAddress)
                    keel_random_gamma_f64(&tables, &draws, wantsLogarithms ? 1 : 0, &values)
                  }
                }
              }
            }
            let tables = [laws, deviations, logarithms, boosts].flatMap { $0 }.map { Float($0) }
            tables.withUnsafeBufferPointer { t in
              guard let first = t.baseAddress else { return }
              var tables = keel_gamma_laws_f32(
                shape: first, deviation: first + 2, log_shape: first + 4, boost: first + 6)
              keel_random_gamma_f32(&tables, &draws, wantsLogarithms ? 1 : 0, &floats)
            }
          }
        }
      }
      for (i, block) in blocks.enumerated() {
        var pair = [0.0, 0], rest = [0.0, 0], four = [Float](repeating: 0, count: 4)
        var words = [UInt32](repeating: 0, count: 4)
        keel_random_normal_f64(3, 4, block, 1, &pair)
        keel_random_exponential_f64(3, 4, block + 1 << 63, 1, &rest)
        keel_random_normal_f32(3, 4, block, 1, &four)
        keel_random_words(3, 4, block, 1, &words)
        let uniforms = words.map { (Double($0 | 1) * 0x1p-32) }
        // A number of a normal and two exponentials, and how far it is from being rejected.
        func attempt(_ z: Double, _ acceptance: Double, _ second: Double) -> (value: Double, margin: Double) {
          let t = deviations[1] * z
          guard t > -1 else { return (.infinity, -1) }
          let excess = 3 * shape * (Double.log(onePlus: t) - t + t * t / 2 - t * t * t / 3)
          let value = logarithms[1] + 3 * Double.log(onePlus: t) - boost * second
          let power = (1 + t) * (1 + t) * (1 + t)
          return (wantsLogarithms ? value : shape * power, excess + acceptance)
        }
        let double = attempt(pair[0], rest[0], rest[1])
        // Rounding of t, times its part in the exponent: below 1e-15 √α, and 1e-6 √α for Float.
        let doubt = 1e-15 * (1 + shape.squareRoot())
        if double.margin.magnitude > doubt { #expect((values[i] < .infinity) == (double.margin > 0)) }
        if values[i] < .infinity {
          #expect((values[i] - double.value).magnitude <= 1e-14 * (abs(double.value) + 4))
        }
        let float = attempt(Double(four[0]), -Double.log(uniforms[2]), -Double.log(uniforms[3]))
        if float.margin.magnitude > 1e9 * doubt { #expect((floats[i] < .infinity) == (float.margin > 0)) }
        if floats[i] < .infinity {
          #expect((Double(floats[i]) - float.value).magnitude <= 3e-6 * (abs(float.value) + 4))
        }
      }
    }
  }
}
