using System.IO.Hashing;
using CsCheck;
using SupSup.Core.Networks;
using SupSup.Core.Random;

namespace SupSup.Core.Tests.Networks;

public sealed class FixedNetworkTests
{
    public static TheoryData<string> VectorShapes => [.. WeightVectors.Load().Select(vector => vector.Shape)];

    [Theory]
    [MemberData(nameof(VectorShapes))]
    public void Given_the_checked_in_vectors_when_generated_then_signs_scale_and_hash_agree(string shape)
    {
        WeightVectors vector = WeightVectors.Load().Single(vector => vector.Shape == shape);
        FixedNetwork network = Network(vector.Shape, ulong.Parse(vector.Seed));

        Assert.Equal(vector.Layers.Length, network.Shape.Layers.Length);
        Assert.Equal(vector.Hash, network.Hash.ToString("x32"));
        for (int l = 0; l < vector.Layers.Length; l++)
        {
            byte[] signs = Signs(network, l);
            Assert.Equal(vector.Layers[l].FirstSignBytes, Convert.ToHexStringLower(signs.AsSpan(0, Math.Min(16, signs.Length))));
            Assert.Equal(vector.Layers[l].SignsXxh128, Convert.ToHexStringLower(XxHash128.Hash(signs)));
            Assert.Equal(vector.Layers[l].ScaleBits, BitConverter.SingleToUInt32Bits(network.Scale(l)).ToString("x8"));
        }
    }

    [Fact]
    public void Given_any_small_network_when_signs_are_written_then_each_is_the_documented_bit_of_its_philox_block() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[2, 40], Gen.ULong).Sample((inputs, hidden, outputs, seed) =>
        {
            var network = new FixedNetwork(NetworkPlan.Dense(inputs, [hidden], outputs), seed);
            for (int l = 0; l < 2; l++)
            {
                byte[] signs = Signs(network, l);
                for (int n = 0; n < signs.Length * 8; n++)
                    Assert.Equal(n < network.Shape.Layers[l].Count && Sign(seed, l, n), (signs[n / 8] >> (n % 8) & 1) == 1);
            }
        });

    [Fact]
    public void Given_a_large_network_when_weights_are_made_then_each_is_plus_or_minus_c_by_its_sign_bit()
    {
        FixedNetwork network = Network("784-300-100-500", 1);

        for (int l = 0; l < 3; l++)
        {
            float c = (float)Math.Sqrt(2.0 / network.Shape.Layers[l].FanIn);
            float[] weights = network.Weights(l).ToArray();
            byte[] signs = Signs(network, l);
            Assert.Equal(network.Shape.Layers[l].Count, weights.Length);
            Assert.Equal(Enumerable.Range(0, weights.Length).Select(n => (signs[n / 8] >> (n % 8) & 1) == 1 ? -c : c), weights);
            Assert.InRange(weights.Count(weight => weight < 0) / (double)weights.Length, 0.49, 0.51);
        }
    }

    [Theory]
    [InlineData(7, 5)]
    [InlineData(3, 3)]
    public void Given_a_buffer_longer_than_the_layer_when_signs_are_written_then_the_rest_is_left_alone(int inputs, int outputs)
    {
        var network = new FixedNetwork(NetworkPlan.Dense(inputs, [], outputs), 3);
        int bytes = network.Shape.PackedBytes;
        byte[] buffer = [.. Enumerable.Repeat((byte)0xa5, bytes + 8)];

        network.WriteSigns(0, buffer);

        Assert.Equal(Signs(network, 0), buffer[..bytes]);
        Assert.All(buffer[bytes..], value => Assert.Equal(0xa5, value));
    }

    [Fact]
    public void Given_other_shapes_or_seeds_when_hashed_then_the_hashes_differ()
    {
        UInt128[] hashes =
        [
            .. from shape in new[] { "7-5-3", "7-5-4", "7-3-5", "75-3", "7-53", "7-5-3-3" }
               from seed in new ulong[] { 0, 1, 10, 11, ulong.MaxValue }
               select Network(shape, seed).Hash,
        ];

        Assert.Equal(30, hashes.Distinct().Count());
        Assert.Equal(Network("7-5-3", 1).Hash, Network("7-5-3", 1).Hash);
    }

    [Fact]
    public void Given_an_unknown_generator_version_when_constructed_then_the_error_names_it()
    {
        var error = Assert.Throws<ArgumentException>(() => new FixedNetwork(NetworkPlan.Dense(3, [], 2), 1, weightsVersion: 2));

        Assert.Contains("version 2", error.Message, StringComparison.Ordinal);
    }

    private static FixedNetwork Network(string shape, ulong seed)
    {
        int[] sizes = [.. shape.Split('-').Select(int.Parse)];
        return new FixedNetwork(NetworkPlan.Dense(sizes[0], sizes[1..^1], sizes[^1]), seed);
    }

    private static byte[] Signs(FixedNetwork network, int layer)
    {
        byte[] signs = new byte[network.Shape.Layers[layer].PackedBytes];
        network.WriteSigns(layer, signs);
        return signs;
    }

    // docs/formats.md, weight generator version 1, taken at its word: one weight at a time.
    private static bool Sign(ulong seed, int layer, int n)
    {
        PhiloxBlock block = Philox4x32.Block(new PhiloxBlock((uint)(n / 128), 0, (uint)layer, 1), seed);
        uint word = (n % 128 / 32) switch { 0 => block.X0, 1 => block.X1, 2 => block.X2, _ => block.X3 };
        return (word >> (n % 32) & 1) == 1;
    }
}
