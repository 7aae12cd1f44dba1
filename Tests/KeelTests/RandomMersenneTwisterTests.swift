import Keel
import Testing

/// Vectors from NumPy 2.4.6, `numpy.random.RandomState`; the first words of seeds 5489 and 0x123... are
/// also those published by the authors of the generator.
@Suite("Mersenne Twister")
struct RandomMersenneTwisterTests {
  /// The draw with a number (from 1) of a sequence.
  private func draw<T>(_ number: Int, _ next: () -> T) -> T {
    for _ in 1..<number { _ = next() }
    return next()
  }

  @Test("Words of a seed, as far as the 100,000th")
  func words() {
    var twister = MersenneTwister(seed: 5489)
    #expect(
      (0..<4).map { _ in twister.nextUInt32() } == [3_499_211_612, 581_869_302, 3_890_346_734, 3_586_334_585])
    #expect(draw(996) { twister.nextUInt32() } == 1_341_017_984)
    #expect(draw(99_000) { twister.nextUInt32() } == 1_529_728_722)
  }

  @Test("Words of an array of seeds, shorter and longer than the state")
  func arraySeeds() {
    var short = MersenneTwister(seeds: [0x123, 0x234, 0x345, 0x456])
    #expect(
      (0..<4).map { _ in short.nextUInt32() } == [1_067_595_299, 955_945_823, 477_289_528, 4_107_218_783])
    #expect(draw(996) { short.nextUInt32() } == 3_460_025_646)
    var long = MersenneTwister(seeds: Array(1...1000))
    #expect((0..<2).map { _ in long.nextUInt32() } == [54_400_238, 1_485_006_970])
    #expect(draw(998) { long.nextUInt32() } == 3_362_588_915)
  }

  @Test("random_sample and uniform")
  func uniform() {
    var twister = MersenneTwister(seed: 42)
    #expect(twister.uniforms(count: 3) == [0.3745401188473625, 0.9507143064099162, 0.7319939418114051])
    #expect(draw(99_997) { twister.uniform() } == 0.3899084852770509)
    twister = MersenneTwister(seed: 7)
    let scaled = (0..<3).map { _ in twister.uniform(in: -2..<5) }
    #expect(scaled == [-1.4658419743823, 3.4594315456808022, 1.0688646200862544])
  }

  /// The logarithm comes from the system, whose last digit may differ.
  @Test("randn and normal, with the second normal of a pair kept")
  func normal() {
    func near(_ x: Double, _ y: Double) -> Bool { abs(x - y) <= 4 * y.ulp }
    var twister = MersenneTwister(seed: 42)
    let first = [0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254]
    for (x, y) in zip(twister.normals(count: 4), first) { #expect(near(x, y)) }
    #expect(near(draw(99_996) { twister.normal() }, 0.12006294082414522))
    #expect(near(twister.normal(), 1.0305945879905796))

    twister = MersenneTwister(seed: 7)
    #expect(near(twister.normal(mean: 3, deviation: 0.5), 3.845262851900178))
    #expect(near(twister.normal(mean: 3, deviation: 0.5), 2.7670313147295835))

    twister = MersenneTwister(seed: 7)
    #expect(near(twister.normal(), 1.690525703800356))
    #expect(twister.uniform() == 0.9779895119966027)
    #expect(near(twister.normal(), -0.4659373705408328))
    #expect(twister.uniform() == 0.5384958704104337)
  }

  @Test("randint")
  func integers() {
    var twister = MersenneTwister(seed: 42)
    #expect((0..<8).map { _ in twister.integer(in: 0..<1000) } == [102, 435, 860, 270, 106, 71, 700, 20])
    #expect(twister.integer(in: 0..<1) == 0)
    #expect(twister.integer(in: 0..<1000) == 614)

    twister = MersenneTwister(seed: 42)
    #expect(draw(100_000) { twister.integer(in: 0..<1000) } == 791)

    twister = MersenneTwister(seed: 42)
    #expect((0..<10).map { _ in twister.integer(in: -5..<6) } == [1, -2, 5, 2, -1, 1, 4, -3, 1, 5])

    twister = MersenneTwister(seed: 42)
    let large = (0..<4).map { _ in twister.integer(in: 0..<1_000_000_000_000_000) }
    #expect(large == [523_809_042_611_635, 566_644_413_142_286, 473_600_017_247_252, 235_735_489_845_369])
    let wide = (0..<2).map { _ in twister.integer(in: -(1 << 62)..<(1 << 62) - 1) }
    #expect(wide == [-1_734_094_960_886_025_002, -3_540_232_508_080_564_790])
    #expect((0..<2).map { _ in twister.integer(in: 0..<1 << 32) } == [3_720_198_231, 1_433_267_572])
    #expect((0..<2).map { _ in twister.integer(in: 0..<(1 << 32) + 1) } == [2_652_062_880, 2_253_890_010])
  }

  @Test("permutation and shuffle")
  func permutations() {
    var twister = MersenneTwister(seed: 42)
    #expect(twister.permutation(10) == [8, 1, 5, 0, 7, 2, 9, 4, 3, 6])
    let thousand = twister.permutation(1000)
    #expect(thousand[..<5] == [629, 788, 684, 516, 529])
    #expect(thousand[995...] == [87, 458, 330, 214, 466])
    #expect(twister.uniform() == 0.20173046233023584)

    twister = MersenneTwister(seed: 42)
    let long = twister.permutation(100_000)
    #expect(long[..<3] == [75_721, 80_184, 19_864] && long[99_999] == 15_795)
    #expect(zip(0..., long).reduce(0) { $0 + $1.0 * $1.1 } == 249_851_129_327_323)

    twister = MersenneTwister(seed: 3)
    var letters = Array("abcdefgh")
    twister.shuffle(&letters)
    #expect(String(letters) == "fhegdbac")
  }

  @Test("Nothing and one element use no numbers")
  func empty() {
    var twister = MersenneTwister(seed: 1)
    var untouched = twister
    #expect(twister.permutation(0) == [] && twister.permutation(1) == [0])
    #expect(twister.uniforms(count: 0) == [] && twister.normals(count: 0) == [])
    #expect(twister.next() == untouched.next())
  }
}
