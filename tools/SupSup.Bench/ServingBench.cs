using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Net.Client;
using SupSup.Cli.Hosting;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;
using SupSup.Silo.OpenInference.Protocol;

namespace SupSup.Bench;

/// <summary>
/// Queries over REST and gRPC from 32 connections, against the same queries within the process. The callers share the silo's
/// process and cores, so that what they cost is part of every figure.
/// </summary>
internal static class ServingBench
{
    private const int Connections = 32;
    private const int Images = 256;
    private const string Model = "bench";
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan HalfLoad = TimeSpan.FromSeconds(15);

    /// <summary>Measures.</summary>
    public static async Task RunAsync(
        BenchTasks tasks, StoreOptions store, BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        int[] ports = LoopbackPorts.Free(2);
        await using EmbeddedSilo silo = await EmbeddedSilo.StartAsync(store, cancellationToken, settings =>
        {
            (settings.Http.Port, settings.Http.GrpcPort) = (ports[0], ports[1]);
            settings.Security.RequestsPerMinute = 100_000_000;
        });
        SupSupModel model = await silo.Client.OpenAsync(Model, cancellationToken);
        int width = BenchTasks.Network.Plan.Inputs;
        float[][] images = [.. tasks.Images(Images).Chunk(width)];
        using Callers callers = new(ports[0], ports[1], images, model);

        (string Name, Func<int, int, CancellationToken, Task> Ask)[] ways =
            [("inProcess", callers.InProcessAsync), ("restJson", callers.JsonAsync), ("restBinary", callers.BinaryAsync),
                ("grpc", callers.GrpcAsync)];
        double[] seconds = Rounds.Medians(
            options.Rounds, cancellationToken,
            [.. ways.Select(way => (Func<double>)(() => 1 / RateAsync(way.Ask, Turn, cancellationToken).GetAwaiter().GetResult()))]);
        for (int n = 0; n < ways.Length; n++) report.Note($"serving.{ways[n].Name}.queriesPerSecond", 1 / seconds[n]);
        for (int n = 1; n < ways.Length; n++)
            Add($"{ways[n].Name}OverInProcess", $"queries a second by {ways[n].Name} / within the process, {Connections} connections, k = "
                + $"{OneShotBench.Tasks}", seconds[0] / seconds[n], 0.7, 0.85, $"{1 / seconds[n]:F0} / {1 / seconds[0]:F0} a second");

        for (int n = 0; n < ways.Length; n++)
        {
            double[] times = await OpenLoopAsync(ways[n].Ask, 0.5 / seconds[n], HalfLoad, cancellationToken);
            (double p50, double p99) = (At(times, 0.5), At(times, 0.99));
            report.Note($"serving.{ways[n].Name}.p50Ms", p50);
            report.Note($"serving.{ways[n].Name}.p99Ms", p99);
            if (n > 0)
                report.AtMost($"{ways[n].Name}P99OverP50", $"p99 / p50 by {ways[n].Name} at half its rate, arrivals at random", p99 / p50,
                    3, 2, $"{p99:F2} ms / {p50:F2} ms");
        }

        void Add(string key, string what, double value, double must, double aim, string measured) =>
            report.Add(new BenchFigure(key, what, value, must, aim, AtLeast: true, measured));
    }

    // Every connection asks again as soon as it has its answer.
    private static async Task<double> RateAsync(
        Func<int, int, CancellationToken, Task> ask, TimeSpan duration, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        int[] counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => Task.Run(
            async () =>
            {
                int count = 0;
                for (; Stopwatch.GetElapsedTime(start) < duration; count++)
                    await ask(connection, ((connection * 37) + count) % Images, cancellationToken);
                return count;
            },
            cancellationToken)));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Questions come when they come, whether or not those before are answered: who waits is counted with the wait.
    private static async Task<double[]> OpenLoopAsync(
        Func<int, int, CancellationToken, Task> ask, double rate, TimeSpan duration, CancellationToken cancellationToken)
    {
        Random random = new(1);
        List<Task<double>> asked = [];
        long start = Stopwatch.GetTimestamp();
        double due = 0;
        for (int n = 0; due < duration.TotalSeconds; n++)
        {
            due += -Math.Log(1 - random.NextDouble()) / rate;
            double wait = due - Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (wait > 0.001) await Task.Delay(TimeSpan.FromSeconds(wait), cancellationToken);
            double now = Stopwatch.GetElapsedTime(start).TotalSeconds;
            double from = now - due is > 0 and < 0.002 ? now : due; // the timer's tick is not the silo's; all else is
            int number = n;
            asked.Add(Task.Run(
                async () =>
                {
                    await ask(number % Connections, number % Images, cancellationToken);
                    return (Stopwatch.GetElapsedTime(start).TotalSeconds - from) * 1000;
                },
                cancellationToken));
        }

        double[] times = await Task.WhenAll(asked);
        Array.Sort(times);
        return times;
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];

    // Requests are made beforehand, answers are read to their end and their task is looked at.
    private sealed class Callers : IDisposable
    {
        private static readonly MediaTypeHeaderValue Json = new("application/json");
        private static readonly MediaTypeHeaderValue Octets = new("application/octet-stream");

        private readonly HttpClient[] _http;
        private readonly GrpcChannel[] _channels;
        private readonly GRPCInferenceService.GRPCInferenceServiceClient[] _grpc;
        private readonly InputBatch[] _inputs;
        private readonly byte[][] _json;
        private readonly (byte[] Bytes, int Json)[] _binary;
        private readonly ModelInferRequest[] _messages;
        private readonly SupSupModel _model;

        public Callers(int port, int grpcPort, float[][] images, SupSupModel model)
        {
            _model = model;
            _http = [.. Enumerable.Range(0, Connections).Select(
                _ => new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") })];
            _channels = [.. Enumerable.Range(0, Connections).Select(_ => GrpcChannel.ForAddress($"http://127.0.0.1:{grpcPort}",
                new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { UseProxy = false }, DisposeHttpClient = true }))];
            _grpc = [.. _channels.Select(channel => new GRPCInferenceService.GRPCInferenceServiceClient(channel))];
            _inputs = [.. images.Select(image => new InputBatch { Rows = 1, Values = image })];
            _json = [.. images.Select(image => JsonSerializer.SerializeToUtf8Bytes(
                new { inputs = new[] { new { name = "input", shape = new[] { 1, image.Length }, datatype = "FP32", data = image } } }))];
            _binary = [.. images.Select(image =>
            {
                byte[] json = JsonSerializer.SerializeToUtf8Bytes(
                    new { inputs = new[] { new { name = "input", shape = new[] { 1, image.Length }, datatype = "FP32",
                        parameters = new { binary_data_size = 4 * image.Length } } }, parameters = new { binary_data_output = true } });
                return ((byte[])[.. json, .. MemoryMarshal.AsBytes<float>(image)], json.Length);
            })];
            _messages = [.. images.Select(image => new ModelInferRequest
            {
                ModelName = Model,
                Inputs = { new ModelInferRequest.Types.InferInputTensor
                {
                    Name = "input", Datatype = "FP32", Shape = { 1, image.Length },
                } },
                RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(image)) },
            })];
        }

        public Task<Prediction[]> InProcessAsync(int connection, int image, CancellationToken cancellationToken) =>
            _model.InferAsync(_inputs[image], null, cancellationToken);

        public Task JsonAsync(int connection, int image, CancellationToken cancellationToken) =>
            PostAsync(connection, _json[image], null, cancellationToken);

        public Task BinaryAsync(int connection, int image, CancellationToken cancellationToken) =>
            PostAsync(connection, _binary[image].Bytes, _binary[image].Json, cancellationToken);

        public async Task GrpcAsync(int connection, int image, CancellationToken cancellationToken)
        {
            ModelInferResponse answer = await _grpc[connection].ModelInferAsync(_messages[image], cancellationToken: cancellationToken);
            if (answer.Outputs[0].Name != "task") throw new InvalidDataException($"the silo answered {answer}");
        }

        public void Dispose()
        {
            foreach (HttpClient client in _http) client.Dispose();
            foreach (GrpcChannel channel in _channels) channel.Dispose();
        }

        private async Task PostAsync(int connection, byte[] body, int? jsonLength, CancellationToken cancellationToken)
        {
            using ByteArrayContent content = new(body);
            content.Headers.ContentType = jsonLength is null ? Json : Octets;
            if (jsonLength is { } length) content.Headers.Add("Inference-Header-Content-Length", $"{length}");
            using HttpResponseMessage response = await _http[connection].PostAsync(
                new Uri($"/v2/models/{Model}/infer", UriKind.Relative), content, cancellationToken);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode || answer.Length < 100)
                throw new InvalidDataException($"the silo answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(answer)}");
        }
    }
}
