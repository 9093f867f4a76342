using Lodger.Artifacts.Formats.Torch;

namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>
/// The pickles of one file: mostly one, several where a program dumps to the same file again and again. What a program put behind them that is no pickle is not
/// judged; a further pickle that is broken is damage.
/// </summary>
internal sealed class PickleSequence(HashedFile file, FormatReport report, CancellationToken cancellation)
{
    private const int MaxPickles = 1_000_000;

    private readonly List<string> _foreign = [];
    private int _pickles;
    private long _wholeBytes;

    internal void Check()
    {
        var reader = new PickleReader(new FileSlice(file, 0, file.Length), cancellation);
        try
        {
            do
            {
                var outcome = PickleMachine.Run(reader);
                (_pickles, _wholeBytes) = (_pickles + 1, reader.Position);
                Remember(outcome.Foreign);
                Tell(outcome);
            }
            while (!reader.IsAtEnd && _pickles < MaxPickles);
        }
        catch (PickleException e)
        {
            Remember(e.Foreign);
            SayBroken(e);
        }

        TorchFindings.Code(_foreign, isScript: false, string.Empty, report);
        if (_pickles == MaxPickles && _wholeBytes < file.Length)
        {
            report.CannotJudge("pickle-too-many", $"it holds more than {MaxPickles} pickles.", TorchFindings.LoadGuarded);
        }

        if (!report.IsDamaged && !report.Unjudged)
        {
            report.Checked = _pickles == 1 ? "every opcode to the last byte, arrays and their sizes" : $"{_pickles} pickles one after another: every opcode to the last byte, arrays and their sizes";
        }
    }

    private void Tell(PickleOutcome outcome)
    {
        try
        {
            var contents = TorchContents.Of(outcome.Value);
            TorchFindings.Limits(outcome, contents, string.Empty, report);
            if (contents.Tensors.Count > 0)
            {
                report.CannotJudge(
                    "torch-storage", $"tensor \"{PrintableText.Of(contents.Tensors[0].Name, 200)}\" refers to bytes outside the pickle, which a lone pickle does not have.",
                    "Look for the file that it was taken out of, or for the files beside it that have the bytes.");
                return;
            }

            TorchSummary.Tell(report, outcome, contents, new TorchViews(contents.Tensors, report, string.Empty), measure: null, new TorchSource(_ => null, _ => null));
        }
        catch (PickleException e)
        {
            report.Damaged(e.Id, e.Message);
        }
    }

    private void SayBroken(PickleException e)
    {
        if (e.Id is JoblibArray.NotFollowed or PickleException.Buffer)
        {
            report.CannotJudge(e.Id, e.Message, TorchFindings.LoadGuarded);
        }
        else if (_pickles > 0 && !IsPickle(e))
        {
            report.CannotJudge("pickle-rest", $"{file.Length - _wholeBytes} bytes follow its {(_pickles == 1 ? "pickle" : $"{_pickles} pickles")} that are none.", TorchFindings.LoadGuarded);
        }
        else
        {
            report.Damaged(e.Id, (_pickles == 0 ? string.Empty : $"after {_pickles} whole pickles: ") + e.Message);
        }
    }

    /// <summary>Whether what broke is a pickle: it begins with the mark of one, or goes on to the file's end where the first has no mark either (protocols 0 and 1).</summary>
    private bool IsPickle(PickleException e) => HasMark(_wholeBytes) || (e.Id == "pickle-cut" && !HasMark(0));

    private bool HasMark(long at)
    {
        Span<byte> mark = stackalloc byte[2];
        mark = mark[..file.Read(at, mark)];
        return mark is [0x80] or [0x80, >= 2 and <= 5];
    }

    private void Remember(IReadOnlyList<string> foreign)
    {
        foreach (var name in foreign)
        {
            if (_foreign.Count < PickleLimits.MaxGlobals && !_foreign.Contains(name))
            {
                _foreign.Add(name);
            }
        }
    }
}
