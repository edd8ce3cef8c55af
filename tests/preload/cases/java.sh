# SPDX-License-Identifier: MIT
# A JVM: the compiler in memory, then threads, maps and direct buffers.
# Programs: java javac
# Packages: default-jdk-headless
cat >Work.java <<'END'
import java.nio.ByteBuffer;
import java.util.*;
import java.util.concurrent.*;
import java.util.zip.*;
public class Work {
    static long work(int seed) throws Exception {
        Map<String, List<Integer>> map = new TreeMap<>();
        for (int i = 0; i < 30000; i++)
            map.computeIfAbsent("k" + (long) i * seed % 997, k -> new ArrayList<>()).add(i);
        long sum = map.size();
        for (int i = 0; i < 40; i++) {
            ByteBuffer direct = ByteBuffer.allocateDirect(100000 + i * 1000);
            for (int k = 0; k < direct.capacity(); k++)
                direct.put((byte) (k % 13));
            Deflater deflater = new Deflater();
            byte[] packed = new byte[200000];
            direct.flip();
            deflater.setInput(direct);
            deflater.finish();
            sum += deflater.deflate(packed);
            deflater.end();
        }
        return sum;
    }
    public static void main(String[] arguments) throws Exception {
        int tasks = 8 * Integer.parseInt(System.getenv("SCALE"));
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Long>> results = new ArrayList<>();
        for (int t = 0; t < tasks; t++) {
            int seed = t + 3;
            results.add(pool.submit(() -> work(seed)));
        }
        long sum = 0;
        for (Future<Long> r : results)
            sum = sum * 31 + r.get();
        pool.shutdown();
        System.out.println(sum);
    }
}
END
javac Work.java && java -Xmx512m Work
