import Keel
import Testing

/// Recorded numbers of each kind of draw: published results name a seed, so that the streams must never
/// change silently. The words were also computed from the definition by another program.
@Suite("Recorded random numbers")
struct RandomGoldenTests {
  private let root = RandomStream(seed: 2026)

  private func hash(_ words: some Sequence<UInt64>) -> UInt64 {
    words.reduce(0) { $0 &* 6_364_136_223_846_793_005 &+ $1 }
  }

  @Test("Words and derived streams")
  func words() {
    var stream = root
    let expected: [UInt64] = [
      9_635_379_227_685_234_915, 5_470_113_421_134_313_144, 6_435_377_145_698_055_438,
      15_095_669_183_747_374_337,
    ]
    #expect((0..<4).map { _ in stream.next() } == expected)
    var child = root.stream(5)
    #expect(child.next() == 5_462_526_561_453_373_015)
    child = root.stream("angle-bound")
    #expect(child.next() == 1_196_327_842_237_654_270)
    child = root.stream("").stream(1)
    #expect(child.next() == 1_963_541_691_188_293_688)
  }

  @Test("Uniform numbers, normals, exponentials", arguments: InstructionSet.available)
  func basic(instructions: InstructionSet) {
    instructions.select {
      func draw<T>(_ body: (inout RandomStream) -> T) -> T {
        var stream = root
        return body(&stream)
      }
      #expect(
        draw { $0.uniforms(count: 3) } == [0.5223349545689017, 0.2965354427467968, 0.34886249410646974])
      #expect(draw { $0.uniforms(count: 3) } == [0.43107843, 0.52233493, 0.7023729] as [Float])
      #expect(draw { [$0.openUniform(), $0.openUniform()] } == [0.5223349545689017, 0.2965354427467969])
      #expect(draw { [$0.openUniform(), $0.openUniform()] } == [0.4310785, 0.522335] as [Float])
      #expect(draw { [$0.exponential(), $0.exponential()] } == [0.6494462214657913, 1.2155885305996543])
      let doubles = draw { $0.normals(count: 100_000, Double.self) }
      #expect(doubles[..<3] == [1.0182716354394916, 0.5118743199174636, -0.4085257856898151])
      #expect(hash(doubles.lazy.map(\.bitPattern)) == 13_927_801_348_254_468_195)
      let floats = draw { $0.normals(count: 100_000, Float.self) }
      #expect(floats[..<3] == [-0.8845735, 0.7510316, -0.94892585])
      #expect(hash(floats.lazy.map { UInt64($0.bitPattern) }) == 8_650_743_346_216_576_947)
    }
  }

  /// These laws use the system's logarithm and exponential, which may differ in their last digits.
  @Test("Gamma family")
  func gamma() {
    var stream = root
    let drawn: [Double] = [
      stream.gamma(shape: 2.5), stream.gamma(shape: 0.3), stream.logGamma(shape: 1e-4),
      stream.chiSquared(degrees: 3), stream.beta(2, 3),
    ]
    let expected = [
      4.03771394119081, 0.2609967737564636, -28376.769217472873, 2.5950088412145997, 0.49847485447448625,
    ]
    for (x, y) in zip(drawn, expected) { #expect(abs(x - y) <= 1e-14 * abs(y)) }
    stream = root
    let shares = stream.dirichlet([1.0, 2, 0.5])
    for (x, y) in zip(shares, [0.6909008266617852, 0.3034247294627549, 0.005674443875459959]) {
      #expect(abs(x - y) <= 1e-14 * y)
    }
  }

  @Test("Integers, permutations, samples")
  func integers() {
    var stream = root
    #expect((0..<6).map { _ in stream.integer(below: 1000) } == [522, 296, 348, 818, 719, 903])
    stream = root
    #expect(stream.permutation(10) == [5, 3, 4, 8, 1, 9, 0, 6, 2, 7])
    stream = root
    #expect(stream.sample(4, of: 1_000_000) == [522_334, 296_536, 348_863, 818_338])
  }

  @Test("Haar matrices")
  func haar() {
    var stream = root
    let orthogonal: Matrix<Double> = .randomOrthogonal(3, using: &stream)
    #expect(
      orthogonal.elements == [
        0.8410627468374183, 0.42279329656423487, -0.3374304139561862, 0.534785614823208, -0.7437025804479168,
        0.4011369068201939, -0.08134987437273447, -0.5178342400956666, -0.8516043081878367,
      ])
    stream = root
    let rotation: Matrix<Float> = .randomRotation(2, using: &stream)
    #expect(rotation.elements == [-0.76230335, 0.64722013, -0.64722013, -0.7623032])
  }
}
