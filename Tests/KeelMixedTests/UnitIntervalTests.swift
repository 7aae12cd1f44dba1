import Keel
import KeelMixed
import RealModule
import Testing

@Suite("Laws on the unit interval")
struct UnitIntervalTests {
  /// H⊕ in nats, by quadrature with 30 digits.
  @Test(
    "entropies of the rectified Gaussian",
    arguments: [
      (0.3, 1, 1.0778968477486126), (0.3, 0.5.squareRoot(), 1.001863838629086),
      (0.5, 0.25, 0.09531280616497154), (1.2, 0.4, 0.49980810427778133), (-0.5, 2, 0.9478606037974815),
    ])
  func gaussianEntropy(location: Double, scale: Double, expected: Double) throws {
    let law = try RectifiedGaussian(location: location, scale: scale)
    #expect((law.entropy().total - expected).magnitude < 2e-15)
    #expect((law.entropy().total - quadrature(law).entropy).magnitude < 1e-12)
  }

  @Test("divergences of the rectified Gaussian")
  func gaussianDivergence() throws {
    func divergence(_ p: (Double, Double), _ q: (Double, Double)) throws -> Double {
      try RectifiedGaussian(location: p.0, scale: p.1)
        .divergence(from: RectifiedGaussian(location: q.0, scale: q.1)).total
    }
    #expect(try (divergence((0.3, 0.5), (0.6, 0.8)) - 0.17782254108430148).magnitude < 1e-15)
    #expect(try (divergence((-0.2, 1), (0.5, 0.25)) - 1.7627962692283943).magnitude < 4e-15)
    #expect(try divergence((0.3, 0.5), (0.3, 0.5)).magnitude < 1e-15)
  }

  @Test("sparsemax of two normal scores is a rectified Gaussian")
  func scores() throws {
    let law = try RectifiedGaussian(scoresWithMeans: (0.4, -0.2), deviations: (0.6, 0.8))
    #expect((law.location - 0.8).magnitude < 1e-15 && (law.scale - 0.5).magnitude < 1e-15)
  }

  @Test(
    "entropies and masses of Hard Concrete",
    arguments: [
      (0.0, 0.8618134443252552, 0.16817781600830958, 0.16817781600830958),
      (1, 0.8143456797556066, 0.06922877939830918, 0.35466477828688553),
      (-2, 0.6728956473617249, 0.5990247355990772, 0.026633344738515908),
    ])
  func hardConcrete(logAlpha: Double, entropy: Double, lower: Double, upper: Double) throws {
    let law = try HardConcrete(logAlpha: logAlpha)
    #expect((law.entropy().total - entropy).magnitude < 1e-13)
    #expect((law.lowerMass - lower).magnitude < 1e-15)
    #expect((law.upperMass - upper).magnitude < 1e-15)
    #expect((Double.exp(law.logOpenProbability) - (1 - lower)).magnitude < 1e-15)
    #expect((law.entropy().total - quadrature(law).entropy).magnitude < 1e-12)
  }

  @Test("each law integrates to 1, and its closed forms are integrals", arguments: Subject.all)
  func integrals(_ subject: Subject) throws {
    func check(_ law: some UnitIntervalDistribution) throws {
      let integral = quadrature(law)
      #expect((integral.mass - 1).magnitude < 1e-9, "\(law)")
      #expect(try (integral.entropy - law.entropy().total).magnitude < 1e-9, "\(law)")
      let dimensions = try law.dimensionLaw()
      #expect((dimensions[0] + dimensions[1] - 1).magnitude < 1e-15, "\(law)")
    }
    try check(subject.make())
  }

  @Test("the divergence is an integral", arguments: Subject.all)
  func divergences(_ subject: Subject) throws {
    func check<Law: UnitIntervalDistribution>(_ law: Law) throws {
      var parameters = law.parameters
      parameters[0] += 0.2
      parameters[1] *= 1.6
      let other = try law.withParameters(parameters)
      let (divergence, expected) = try (law.divergence(from: other), quadratureDivergence(law, other))
      #expect(divergence.total >= 0 || divergence.total.magnitude < 1e-14)
      #expect((divergence.total - expected).magnitude < 1e-9 * max(1, expected), "\(law)")
      #expect(try law.divergence(from: law).total.magnitude < 1e-13, "\(law)")
    }
    try check(subject.make())
  }

  @Test("scores are derivatives of the log-density", arguments: Subject.all)
  func scores(_ subject: Subject) throws {
    func check<Law: UnitIntervalDistribution>(_ law: Law) throws {
      for y in [0, 0.01, 0.31, 0.55, 0.87, 1] {
        let density = logDensity(law, y)
        guard density > -.infinity else { continue }
        var gradient = [0.0, 0.0]
        withPoint(y) { point in
          gradient.withUnsafeMutableBufferPointer { law.addScore(unchecked: point, weight: 2, into: $0) }
        }
        for i in 0..<2 {
          let difference = try centralDifference(law, parameter: i) { logDensity($0, y) }
          #expect(
            (0.5 * gradient[i] - difference).magnitude < 1e-8 * max(1, difference.magnitude),
            "\(law) at \(y), parameter \(i)")
        }
      }
    }
    try check(subject.make())
  }

  @Test("outcomes move along their paths", arguments: Subject.all)
  func paths(_ subject: Subject) throws {
    func check<Law: UnitIntervalDistribution>(_ law: Law) throws {
      var stream = RandomStream(seed: 3)
      for _ in 0..<50 {
        let noise = law.noise(using: &stream)
        let y = law.value(of: noise)
        // Next to an end the outcome has a kink, where it must not be moved to.
        let reach = 0.1 * (1 + noise.magnitude)
        let around = [law.value(of: noise - reach), law.value(of: noise + reach)]
        guard around == [y, y] || (around[0] > 0 && around[1] < 1) else { continue }
        var gradient = [0.0, 0.0]
        withPoint(1) { one in
          withPoint(y) { point in
            gradient.withUnsafeMutableBufferPointer {
              law.addPullback(of: one, at: point, noise: noise, into: $0)
            }
          }
        }
        for i in 0..<2 {
          let difference = try centralDifference(law, parameter: i) { $0.value(of: noise) }
          #expect((gradient[i] - difference).magnitude < 1e-8 * max(1, difference.magnitude), "\(law)")
        }
      }
    }
    try check(subject.make())
  }

  @Test("samples have the masses and the law of the inside", arguments: Subject.all)
  func samples(_ subject: Subject) throws {
    func check(_ law: some UnitIntervalDistribution) throws {
      let count = 40_000
      var outcomes = [Float](repeating: 0, count: count)
      var stream = RandomStream(seed: 5).stream(law.parameters[0] > 0.5 ? 1 : 0)
      outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
      let masses = [law.lowerMass, law.upperMass, law.interiorMass]
      let counts = [0.0, 1.0].map { end in Double(outcomes.count { Double($0) == end }) }
      for (mass, found) in zip(masses, counts + [Double(count) - counts[0] - counts[1]]) {
        let deviation = (Double(count) * mass * (1 - mass)).squareRoot()
        // Five standard deviations: a chance of 6e-7 a comparison.
        #expect((found - Double(count) * mass).magnitude <= 5 * deviation + 1, "\(law)")
      }
      let inside = outcomes.filter { $0 > 0 && $0 < 1 }
      #expect(outcomes.allSatisfy { $0 >= 0 && $0 <= 1 })
      if law.interiorMass > 0.01 {
        // The mean of the inside against the integral; the spread is at most ½.
        let mean = inside.reduce(0) { $0 + Double($1) } / Double(inside.count)
        let expected = quadratureMean(law) / law.interiorMass
        #expect((mean - expected).magnitude < 5 * 0.5 / Double(inside.count).squareRoot(), "\(law)")
      }
    }
    try check(subject.make())
  }

  @Test("parameters at the edges neither trap nor give NaN")
  func edges() throws {
    for scale in [1e-3, 1, 1e3] {
      for location in [-200, -1e-3, 0, 0.5, 1, 200] {
        func check<Law: SymmetricLaw>(_: Law.Type) throws {
          let law = try RectifiedDistribution<Law>(location: location, scale: scale)
          let entropy = law.entropy()
          #expect(!entropy.total.isNaN, "\(law)")
          #expect((law.lowerMass + law.upperMass + law.interiorMass - 1).magnitude < 1e-14)
          #expect(!law.divergence(from: law).total.isNaN, "\(law)")
          for y in [0, 1e-300, 0.5, 1.0.nextDown, 1] {
            #expect(!logDensity(law, y).isNaN)
            guard logDensity(law, y) > -.infinity else { continue }
            var gradient = [0.0, 0.0]
            withPoint(y) { point in
              gradient.withUnsafeMutableBufferPointer { law.addScore(unchecked: point, weight: 1, into: $0) }
            }
            #expect(gradient.allSatisfy { !$0.isNaN }, "\(law) at \(y)")
          }
        }
        try check(StandardNormal.self)
        try check(StandardLogistic.self)
        try check(StandardLaplace.self)
        try check(StandardUniform.self)
      }
    }
    for logAlpha in [-200.0, 0, 200] {
      for temperature in [1e-3, 0.5, 1e3] {
        let law = try HardConcrete(logAlpha: logAlpha, temperature: temperature)
        #expect(!law.entropy().total.isNaN, "\(law)")
        #expect(!law.divergence(from: law).total.isNaN, "\(law)")
        #expect((0...1).contains(law.testValue))
        for y in [0, 1e-300, 0.5, 1.0.nextDown, 1] { #expect(!logDensity(law, y).isNaN) }
      }
    }
  }

  @Test("bad parameters are refused by name")
  func errors() {
    #expect(throws: MixedError.self) { try RectifiedGaussian(location: .nan, scale: 1) }
    #expect(throws: MixedError.self) { try RectifiedGaussian(location: 0, scale: 0) }
    #expect(throws: MixedError.self) { try RectifiedGaussian(location: 0, scale: 1).withParameters([1]) }
    #expect(throws: MixedError.self) {
      try RectifiedGaussian(scoresWithMeans: (0, 0), deviations: (0, 0))
    }
    #expect(throws: MixedError.self) { try HardConcrete(logAlpha: 0, temperature: -1) }
    #expect(throws: MixedError.self) { try HardConcrete(logAlpha: 0, stretch: 0...1.1) }
    #expect(throws: MixedError.self) { try HardConcrete(logAlpha: .infinity) }
  }
}

/// A law to try everything with.
struct Subject: Sendable, CustomStringConvertible {
  let description: String
  let make: @Sendable () throws -> any UnitIntervalDistribution

  static let all: [Subject] = {
    var subjects: [Subject] = []
    for (location, scale) in [(0.3, 0.5), (0.9, 0.2), (-0.4, 1.5)] {
      let text = "\(location), \(scale)"
      subjects += [
        Subject(description: "Gaussian \(text)") { try RectifiedGaussian(location: location, scale: scale) },
        Subject(description: "logistic \(text)") {
          try RectifiedLogistic(location: location, scale: 0.5 * scale)
        },
        Subject(description: "Laplace \(text)") { try RectifiedLaplace(location: location, scale: scale) },
        Subject(description: "uniform \(text)") {
          try RectifiedUniform(location: location, scale: 4 * scale)
        },
      ]
    }
    for (logAlpha, temperature) in [(0.0, 2.0 / 3), (1.5, 0.4), (-1, 1.7)] {
      subjects.append(
        Subject(description: "Hard Concrete \(logAlpha), \(temperature)") {
          try HardConcrete(logAlpha: logAlpha, temperature: temperature)
        })
    }
    return subjects
  }()
}

func withPoint<R>(_ y: Double, _ body: (UnsafeBufferPointer<Double>) -> R) -> R {
  withUnsafePointer(to: y) { body(UnsafeBufferPointer(start: $0, count: 1)) }
}

private func logDensity(_ law: some UnitIntervalDistribution, _ y: Double) -> Double {
  withPoint(y) { law.logDensity(unchecked: $0) }
}

/// The derivative by differences of order 4, whose errors are about 1e-10 here.
private func centralDifference<Law: UnitIntervalDistribution>(
  _ law: Law, parameter i: Int, of function: (Law) -> Double
) throws -> Double {
  let step = 1e-3 * (i == 1 ? law.parameters[1] : 1)
  func value(_ factor: Double) throws -> Double {
    var parameters = law.parameters
    parameters[i] += factor * step
    return function(try law.withParameters(parameters))
  }
  return try (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * step)
}

/// The integral over (0, 1) by panels of Gauss and Legendre, finer towards the kinks that a law may have there.
private func integral(_ law: some UnitIntervalDistribution, _ function: (Double) -> Double) -> Double {
  let rule = GaussLegendreRule(count: 16)
  var splits = [0.0, 1]
  for step in 1...24 { splits += [Double.pow(2, -Double(step)), 1 - Double.pow(2, -Double(step))] }
  for reach in [-0.5, 0, 0.5] { splits.append(law.parameters[0] + reach * law.parameters[1]) }
  let sorted = Set(splits.filter { $0 >= 0 && $0 <= 1 }).sorted()
  return zip(sorted, sorted.dropFirst()).reduce(0) { $0 + rule.integrate(from: $1.0, to: $1.1, function) }
}

/// p ln p, where p may be 0.
private func product(_ density: Double, _ logarithm: Double) -> Double {
  density > 0 ? density * logarithm : 0
}

private func quadrature(_ law: some UnitIntervalDistribution) -> (mass: Double, entropy: Double) {
  var mass = law.lowerMass + law.upperMass
  var entropy = -product(law.lowerMass, law.logLowerMass) - product(law.upperMass, law.logUpperMass)
  mass += integral(law) { Double.exp(logDensity(law, $0)) }
  entropy -= integral(law) { product(Double.exp(logDensity(law, $0)), logDensity(law, $0)) }
  return (mass, entropy)
}

private func quadratureMean(_ law: some UnitIntervalDistribution) -> Double {
  integral(law) { $0 * Double.exp(logDensity(law, $0)) }
}

private func quadratureDivergence<Law: UnitIntervalDistribution>(_ p: Law, _ q: Law) -> Double {
  [0, 1].reduce(0) { $0 + product(Double.exp(logDensity(p, $1)), logDensity(p, $1) - logDensity(q, $1)) }
    + integral(p) { y in
      product(Double.exp(logDensity(p, y)), logDensity(p, y) - logDensity(q, y))
    }
}

@Suite("The published rectified law")
struct PublishedRectifiedTests {
  @Test("adds up to more than 1, and overstates small masses")
  func total() throws {
    let law = try RectifiedGaussian(location: 0.5, scale: 0.1)
    let published = PublishedRectifiedDistribution(law)
    #expect((published.total - 1.0002).magnitude < 1e-12)
    #expect(published.logLowerMass - law.logLowerMass > 5)
    #expect(published.logDensity(0.5) == law.logInteriorDensity(0.5))
  }
}
