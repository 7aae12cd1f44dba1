# One habit, one command. Each sets up what it needs.
.PHONY: check report pose test bench peers docs format lint sanitize clean

# All theorem checks on random problems, and those that take data on real images.
check:
	Scripts/setup data
	swift build -c release --product keel
	.build/release/keel info
	.build/release/keel check
	.build/release/keel check --data fashion-mnist --trials 150

# The checks as a page for the browser, report/index.html, with plots and their data; REPORT=more arguments.
report:
	Scripts/setup report
	swift build -c release --product keel
	.build/release/keel check --report report --times $(REPORT)

# The canonical poses of meshes from CGAL's demonstrations after random motions and relabellings; the report is in
# report-pose. POSE="--group SE" and the like are passed on.
pose:
	Scripts/setup meshes
	swift build -c release --product keel
	cd .meshes/data/meshes && ../../../.build/release/keel frames pose elephant.off anchor.off bunny00.off \
	  armadillo.off cow.off dino.off fandisk.off femur.off helmet.off homer.off knot1.off lion.off triceratops.off \
	  blobby.off pinion.off joint.off ellipsoid.off tetrahedron.off cube.off octahedron.off icosahedron.off sphere.off \
	  geosphere.off --tolerance 1e-4 --report ../../../report-pose $(POSE)

# The test suite. BLAS has one thread, so that tests that run side by side do not fight for cores.
test:
	Scripts/setup
	OPENBLAS_NUM_THREADS=1 swift test --disable-xctest

# Times of Keel's kernels.
bench:
	Scripts/setup
	swift package --package-path Benchmarks benchmark

# Ratios of Keel to numpy (and to scipy, torch, jax, numba and entmax, if the environment has them),
# interleaved in one run. `make peers ALL=1` installs all of them first; torch without the libraries of
# graphics cards, which works where pip finds a build for the CPU. PEERS="--only transfer" and the like are
# passed on.
peers:
	Scripts/setup python
	swift build --package-path Benchmarks -c release --product KeelPeer
	test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/pip install --quiet numpy==2.4.6 threadpoolctl
	$(if $(ALL),.venv/bin/pip install --quiet scipy==1.17.1 jax==0.10.2 numba==0.68.1 filelock typing-extensions sympy networkx jinja2 fsspec)
	$(if $(ALL),.venv/bin/pip install --quiet --no-deps torch==2.13.0+cpu || echo "No torch for the CPU; going on without it")
	$(if $(ALL),.venv/bin/pip install --quiet --no-deps entmax==1.3)
	.venv/bin/python Benchmarks/Peers/peers.py --prescott $(PEERS)

# The documentation of every library, in docs-out/; fails on a warning or an undocumented symbol.
docs:
	Scripts/setup python
	Scripts/docs

# The tests under the address and the thread sanitizer.
sanitize:
	Scripts/setup
	OPENBLAS_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-asan
	OPENBLAS_NUM_THREADS=1 swift test --sanitize=thread --scratch-path .build-tsan

format:
	swift format format --in-place --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Kernels Benchmarks/Workloads Benchmarks/Peers

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Kernels Benchmarks/Workloads Benchmarks/Peers

clean:
	rm -rf .build .build-* .meshes docs-out report report-pose Benchmarks/.build
