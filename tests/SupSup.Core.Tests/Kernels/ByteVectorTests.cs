using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsCheck;
using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

/// <summary>Registers of bytes against the scalar definition, on bytes of any value: what overflows must overflow alike.</summary>
public sealed unsafe class ByteVectorTests
{
    private const int Length = 64;

    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[Length];

    private interface IOperation
    {
        static abstract T Of<T>(T a, T b, T c)
            where T : unmanaged, IByteVector<T>;
    }

    public static TheoryData<int> Widths => [512, 256, 128];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Given_tables_and_data_when_looked_up_then_each_byte_is_that_of_the_scalar_code(int width) => Check<LookUp>(width);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Given_any_bytes_when_added_then_each_byte_is_that_of_the_scalar_code(int width) => Check<AddBytes>(width);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Given_any_words_when_added_then_each_byte_is_that_of_the_scalar_code(int width) => Check<AddWords>(width);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Given_any_words_when_their_upper_bytes_are_taken_then_each_byte_is_that_of_the_scalar_code(int width) =>
        Check<UpperBytes>(width);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Given_any_accumulators_when_reduced_then_the_sums_are_those_of_the_scalar_code_over_all_groups(int width)
    {
        SkipWhereLacking(width);
        Gen.Select(Bytes, Bytes).Sample((words, uppers) =>
        {
            ushort[] expected = Reduce<ScalarBytes>(words, uppers);
            ushort[] actual = width switch
            {
                512 => Reduce<Bytes512>(words, uppers),
                256 => Reduce<Bytes256>(words, uppers),
                _ =>
                Reduce<Bytes128>(words, uppers)
            };
            Assert.Equal(expected, actual);
        });
    }

    // What the scan of a bank does with them; the scalar definition is held against plain sums here.
    [Theory]
    [InlineData(0)]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    public void Given_as_many_vectors_as_fit_when_summed_then_even_places_come_first_and_no_sum_overflows(int width)
    {
        SkipWhereLacking(width);
        const int vectors = 65535 / (255 * 4);
        byte[] largest = [.. Enumerable.Repeat((byte)255, Length * vectors)];
        foreach (byte[] bytes in new[] { largest, RandomData.Bytes(Length * vectors, 1) })
        {
            int[] sums = new int[16];
            for (int n = 0; n < bytes.Length; n++) sums[n % 16] += bytes[n];
            int[] expected = [.. Enumerable.Range(0, 8).Select(n => sums[2 * n]), .. Enumerable.Range(0, 8).Select(n => sums[(2 * n) + 1])];

            ushort[] actual = width switch
            {
                512 => Accumulate<Bytes512>(bytes),
                256 => Accumulate<Bytes256>(bytes),
                128 => Accumulate<Bytes128>(bytes),
                _ => Accumulate<ScalarBytes>(bytes),
            };

            Assert.Equal(expected, actual.Select(sum => (int)sum));
        }
    }

    private static void SkipWhereLacking(int width)
    {
        Assert.SkipWhen(width == 512 && !Avx512BW.IsSupported, "this processor lacks AVX-512BW");
        Assert.SkipWhen(width == 256 && !Avx2.IsSupported, "this processor lacks AVX2");
    }

    private static void Check<TOperation>(int width)
        where TOperation : IOperation
    {
        SkipWhereLacking(width);
        Gen.Select(Bytes, Bytes, Bytes).Sample((a, b, c) =>
        {
            byte[] expected = Map<ScalarBytes, TOperation>(a, b, c);
            byte[] actual = width switch
            {
                512 => Map<Bytes512, TOperation>(a, b, c),
                256 => Map<Bytes256, TOperation>(a, b, c),
                _ =>
                Map<Bytes128, TOperation>(a, b, c)
            };
            Assert.Equal(expected, actual);
        });
    }

    private static byte[] Map<T, TOperation>(byte[] a, byte[] b, byte[] c)
        where T : unmanaged, IByteVector<T>
        where TOperation : IOperation
    {
        byte[] result = new byte[Length];
        fixed (byte* x = a, y = b, z = c, r = result)
            for (int n = 0; n < Length; n += 16 * T.Groups) *(T*)(r + n) = TOperation.Of(T.Load(x + n), T.Load(y + n), T.Load(z + n));
        return result;
    }

    private static ushort[] Reduce<T>(byte[] words, byte[] uppers)
        where T : unmanaged, IByteVector<T>
    {
        Vector256<ushort> sums = default;
        fixed (byte* w = words, u = uppers)
            for (int n = 0; n < Length; n += 16 * T.Groups) sums += T.Reduce(T.Load(w + n), T.Load(u + n));
        return Values(sums);
    }

    private static ushort[] Accumulate<T>(byte[] bytes)
        where T : unmanaged, IByteVector<T>
    {
        T words = default;
        T uppers = default;
        fixed (byte* b = bytes)
        {
            for (int n = 0; n < bytes.Length; n += 16 * T.Groups)
            {
                T vector = T.Load(b + n);
                words = T.AddWords(words, vector);
                uppers = T.AddWords(uppers, T.UpperBytes(vector));
            }
        }

        return Values(T.Reduce(words, uppers));
    }

    private static ushort[] Values(Vector256<ushort> vector)
    {
        ushort[] values = new ushort[16];
        vector.CopyTo(values);
        return values;
    }

    private readonly struct LookUp : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IByteVector<T> => T.LookUp(a, b, c);
    }

    private readonly struct AddBytes : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IByteVector<T> => T.AddBytes(a, b);
    }

    private readonly struct AddWords : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IByteVector<T> => T.AddWords(a, b);
    }

    private readonly struct UpperBytes : IOperation
    {
        public static T Of<T>(T a, T b, T c)
            where T : unmanaged, IByteVector<T> => T.UpperBytes(a);
    }
}
