using Lodger.Artifacts.Formats.Csv;
using Lodger.Artifacts.Formats.Gguf;
using Lodger.Artifacts.Formats.Gzip;
using Lodger.Artifacts.Formats.Hdf5;
using Lodger.Artifacts.Formats.Jpeg;
using Lodger.Artifacts.Formats.Json;
using Lodger.Artifacts.Formats.Numpy;
using Lodger.Artifacts.Formats.Onnx;
using Lodger.Artifacts.Formats.Parquet;
using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Formats.Png;
using Lodger.Artifacts.Formats.Safetensors;
using Lodger.Artifacts.Formats.Sharded;
using Lodger.Artifacts.Formats.Tar;
using Lodger.Artifacts.Formats.Tensorflow;
using Lodger.Artifacts.Formats.Text;
using Lodger.Artifacts.Formats.Torch;
using Lodger.Artifacts.Formats.Yaml;
using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Formats;

/// <summary>The formats that can be verified by load, and which of them a file is: by its content first, by its name second.</summary>
internal static class KnownFormats
{
    /// <summary>How much of a file's start is looked at to tell its format.</summary>
    internal const int HeadBytes = 4096;

    // those that are a kind of another come before it: a .npz is a zip, a tar may be inside gzip
    private static readonly IFormat[] _all =
    [
        new TorchZipFormat(), new TorchLegacyFormat(), new DistcpMetadataFormat(), new DistcpShardFormat(), new SafetensorsFormat(), new NpyFormat(), new NpzFormat(),
        new GgufFormat(), new Hdf5Format(), new OnnxFormat(), new TensorflowIndexFormat(), new ParquetFormat(),
        new PngFormat(), new JpegFormat(),
        new TarGzipFormat(), new GzipFormat(), new TarFormat(), new ZipFormat(),
        new ShardIndexFormat(), new JsonFormat(), new JsonLinesFormat(), new CsvFormat(), new YamlFormat(), new TextFormat(),
        new PickleFormat(),
    ];

    /// <summary>The format of a file, null when unknown or known by its mark alone; says in the report when the name promises another than the content shows.</summary>
    internal static IFormat? Detect(ReadOnlySpan<byte> head, string fileName, FormatReport report)
    {
        var named = Array.Find(_all, format => format.RecognisesName(fileName));
        if (named?.AgreesWithName(head) == true)
        {
            return named;
        }

        foreach (var format in _all)
        {
            if (format.RecognisesContent(head))
            {
                if (named is not null && !format.RecognisesName(fileName))
                {
                    SayMisled(named, format.Name, report);
                }

                return format;
            }
        }

        if (named is not null && OtherMarks.Of(named, head) is { } other)
        {
            SayMisled(named, other, report);
            return null;
        }

        return named;
    }

    private static void SayMisled(IFormat named, string content, FormatReport report) =>
        report.Warn("name-misleads", $"the name says {named.Name}, the content is {content}.", "Rename it, or look for what wrote it.");
}
