using SupSup.Experiments.Learners;

namespace SupSup.Cli.Output;

/// <summary>One line per note, and one per tenth of a stage that has none.</summary>
internal sealed class PlainProgressDisplay(TextWriter writer, TimeProvider time) : ProgressDisplay
{
    public override void Line(string line) => writer.WriteLine(line);

    public override async Task RunAsync(string stage, double total, Func<IStageProgress, Task> work)
    {
        long start = time.GetTimestamp();
        Stage progress = new(writer, stage, total);
        await work(progress);
        writer.WriteLine($"{stage}: done in {time.GetElapsedTime(start).TotalSeconds:F1} s");
    }

    private sealed class Stage(TextWriter writer, string stage, double total) : IStageProgress
    {
        private readonly Lock _lock = new();
        private double _done;
        private int _tenths;
        private bool _hasNotes;

        public void Advance(double amount)
        {
            lock (_lock)
            {
                _done += amount;
                int tenths = (int)(10 * _done / total + 1e-9);
                if (tenths <= _tenths) return;
                _tenths = tenths;
                if (!_hasNotes && tenths < 10) writer.WriteLine($"{stage}: {10 * tenths} %");
            }
        }

        public void Note(string line)
        {
            lock (_lock)
            {
                _hasNotes = true;
                writer.WriteLine($"{stage} ({Math.Min(100, 100 * _done / total):F0} %): {line}");
            }
        }
    }
}
