// Learns the intents of many domains, each domain as a task of its own, then tells domain and intent of sentences that come without either.
//
//   Intents learn
//   Intents ask "is my flight on time"
//   Intents evaluate

using Intents;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

if (Arguments.Parse(args) is not { } arguments) return 2;
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    Corpus corpus = Corpus.Read(arguments.Data, arguments.Domains);
    SupSupClientOptions options = new();
    if (arguments.Gateway is { } gateway) options.Gateways.Add(gateway);
    await using SupSupConnection connection = await SupSupConnection.ConnectAsync(options, stop.Token);
    using IntentModel model = await IntentModel.CreateAsync(connection.Client, arguments.Model, stop.Token);
    switch (arguments.Command)
    {
        case "learn":
            await LearnAsync(model, corpus);
            break;
        case "evaluate":
            await EvaluateAsync(model, corpus);
            break;
        default:
            await AskAsync(model);
            break;
    }

    return 0;
}
catch (Exception e) when (e is SupSupException or IOException or UnauthorizedAccessException or InvalidDataException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("stopped; start again to go on");
    return 1;
}

async Task LearnAsync(IntentModel model, Corpus corpus)
{
    IReadOnlySet<string> known = await model.DomainsAsync(stop.Token);
    foreach ((string domain, string[] intents) in corpus.Domains)
    {
        if (known.Contains(domain))
        {
            Console.WriteLine($"{domain}: learned before");
            continue;
        }

        (string[] sentences, int[] labels) = corpus.Of("train", domain);
        int shown = -1;
        TaskSummary learned = await model.LearnAsync(domain, intents, sentences, labels, position =>
        {
            if (position.Durable == shown) return;
            shown = position.Durable;
            Console.Error.WriteLine($"{domain}: {position.Trained} of {Lessons.Count} batches");
        }, stop.Token);
        Console.WriteLine(FormattableString.Invariant(
            $"{domain}: {intents.Length} intents learned from {sentences.Length} sentences in {learned.TrainSeconds:0.0} s"));
    }
}

async Task AskAsync(IntentModel model)
{
    IEnumerable<string> asked = arguments.Sentences;
    if (arguments.Sentences.Count == 0) asked = Lines();
    foreach (string sentence in asked)
    {
        Prediction answer = (await model.AskAsync([sentence], arguments.UnknownRate, stop.Token))[0];
        string likely = FormattableString.Invariant($"{answer.TaskName}, {answer.ClassName} ({100 * answer.Probability:0} %)");
        Console.WriteLine($"{sentence}: {(answer.IsUnknown ? $"unknown; if anything, {likely}" : likely)}");
    }
}

async Task EvaluateAsync(IntentModel model, Corpus corpus)
{
    if (new[] { "test", "oos_test" }.FirstOrDefault(split => corpus.Of(split).Length == 0) is { } empty)
        throw new InvalidDataException($"split '{empty}' of {arguments.Data} has no sentences; add some to evaluate");
    int asked = 0, domainFound = 0, bothFound = 0, rejected = 0;
    foreach (string domain in corpus.Domains.Keys)
    {
        (string[] sentences, int[] labels) = corpus.Of("test", domain);
        foreach ((Prediction answer, int label) in (await model.AskAsync(sentences, arguments.UnknownRate, stop.Token)).Zip(labels))
        {
            asked++;
            if (answer.IsUnknown) rejected++;
            if (answer.TaskName == domain) domainFound++;
            if (answer.TaskName == domain && answer.ClassName == corpus.Domains[domain][label]) bothFound++;
        }
    }

    Prediction[] foreign = await model.AskAsync(corpus.Of("oos_test"), arguments.UnknownRate, stop.Token);
    Console.WriteLine($"{asked} sentences of {corpus.Domains.Count} domains: domain found {Share(domainFound, asked)}, "
        + $"domain and intent {Share(bothFound, asked)}, taken for unknown {Share(rejected, asked)}");
    Console.WriteLine($"{foreign.Length} sentences of no domain: told as unknown "
        + Share(foreign.Count(answer => answer.IsUnknown), foreign.Length));
}

static string Share(int part, int all) => FormattableString.Invariant($"{100.0 * part / all:0.0} %");

static IEnumerable<string> Lines()
{
    while (Console.ReadLine() is { } line)
        if (!string.IsNullOrWhiteSpace(line)) yield return line;
}
