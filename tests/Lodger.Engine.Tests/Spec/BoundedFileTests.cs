using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Engine.Tests.Spec;

public sealed class BoundedFileTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    public void A_file_is_read_up_to_its_bound(int bytes, bool fits)
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "f");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, bytes).Select(i => (byte)i)]);
        BoundedFile.Read(path, 100_000).ShouldBe(fits ? File.ReadAllBytes(path) : null);
    }

    [Fact]
    public void What_has_no_end_is_no_jobs_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/zero is Linux's");
        JobSpecReader.Read("/dev/zero", ProfileReader.VastAi).Problem.ShouldNotBeNull().Message.ShouldContain("larger than any job's file");
    }
}
