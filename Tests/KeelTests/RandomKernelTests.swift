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
}
